package admin

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"traybell/hub/access"
	"traybell/hub/blocking"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Category is the category of a number.
type Category struct {
	Number  string         `json:"number"`
	Color   protocol.Color `json:"color" enum:"neutral,green,yellow,red"`
	Comment string         `json:"comment,omitempty"`
	Author  string         `json:"author,omitempty" doc:"name"`
	Changed time.Time      `json:"changed,omitzero"`
}

// Block is a blocked number.
type Block struct {
	Number  string       `json:"number"`
	Blocked bool         `json:"blocked"`
	Reason  string       `json:"reason,omitempty"`
	Author  string       `json:"author" doc:"name of who blocked or unblocked it"`
	At      time.Time    `json:"at"`
	State   string       `json:"state" enum:"pending,done,failed" doc:"pending: some PBXs do not have it yet"`
	PBXs    []BlockedPBX `json:"pbxs" nullable:"false"`
}

// BlockedPBX is one form of a blocked number on a PBX.
type BlockedPBX struct {
	PBX   string `json:"pbx"`
	Form  string `json:"form" doc:"the number as this PBX presents it"`
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty"`
}

// CallerStore has the categories and blocks. A number is a phone.Number.Key.
type CallerStore interface {
	// FindCategories returns categories other than the neutral one without a comment, the newest
	// first: those of a color, unless it is empty, and with a text in number, comment or author. after
	// is the last one of the page before.
	FindCategories(ctx context.Context, color protocol.Color, text string, after protocol.Category, limit int,
	) ([]protocol.Category, error)
	// Categories returns all categories that a number ever had, newest first.
	Categories(ctx context.Context, number string) ([]protocol.Category, error)
	// FindBlocks returns the blocked numbers, the newest first: those with a text in number, reason
	// or author, whose ID is below before, unless that is 0.
	FindBlocks(ctx context.Context, text string, before int64, limit int) ([]blocking.Block, error)
	// Blocks returns all actions on a number, newest first.
	Blocks(ctx context.Context, number string) ([]blocking.Block, error)
}

// CallerDesk changes categories and sends them to the agents.
type CallerDesk interface {
	SetCategory(ctx context.Context, a staff.Agent, in protocol.SetCategory) error
}

// Blocking blocks numbers on the PBXs.
type Blocking interface {
	Block(ctx context.Context, a staff.Agent, number, reason string) (blocking.Result, error)
	Unblock(ctx context.Context, a staff.Agent, number, reason string) (blocking.Result, error)
}

// Callers are the commands for categories and blocks.
type Callers struct {
	Audited
	Store    CallerStore
	Desk     CallerDesk
	Blocking Blocking
	Numbers  func() *phone.Reader
}

// author is the principal as the author of a category or a block.
func author(p access.Principal) staff.Agent {
	return staff.Agent{Login: p.Name, Name: p.Name, Rights: []protocol.Right{protocol.RightBlock}}
}

// CategoryFilter selects categories. Zero fields select all.
type CategoryFilter struct {
	Color protocol.Color
	Text  string // in number, comment or author
}

// Categories returns a page of the categories, the newest first.
func (c *Callers) Categories(ctx context.Context, p access.Principal, f CategoryFilter, page Page,
) (List[Category], error) {
	if err := cmp.Or(need(p, access.View), searchable(f.Text)); err != nil {
		return List[Category]{}, err
	}
	var after protocol.Category
	limit, err := page.start(&after)
	if err != nil {
		return List[Category]{}, err
	}
	found, err := c.Store.FindCategories(ctx, f.Color, f.Text, after, limit+1)
	return paged(found, limit, func(c protocol.Category) protocol.Category {
		return protocol.Category{Number: c.Number, Changed: c.Changed}
	}, category), failure(err)
}

func category(c protocol.Category) Category {
	return Category{Number: c.Number, Color: c.Color, Comment: c.Comment, Author: c.Author, Changed: utc(c.Changed)}
}

// CategoryHistory returns all categories that a number ever had, the current one first.
func (c *Callers) CategoryHistory(ctx context.Context, p access.Principal, number string) ([]Category, error) {
	key, err := c.key(p, number)
	if err != nil {
		return nil, err
	}
	found, err := c.Store.Categories(ctx, key)
	if err == nil && len(found) == 0 {
		return nil, missing("The number %s has no category.", key)
	}
	return each(found, category), failure(err)
}

// key is that of a number in any notation.
func (c *Callers) key(p access.Principal, number string) (string, error) {
	if err := cmp.Or(need(p, access.View), searchable(number)); err != nil {
		return "", err
	}
	n := c.Numbers().Typed(number)
	if n.Key() == "" || n.Kind == phone.Withheld {
		return "", invalid("%.40q is not a number.", number)
	}
	return n.Key(), nil
}

// SetCategory sets the category of a number in any notation, and sends it to all agents.
func (c *Callers) SetCategory(ctx context.Context, p access.Principal, number string, color protocol.Color,
	comment string,
) error {
	return c.change(p, access.Notes, "category.set", number, fmt.Sprintf("%s %s", color, comment), func() error {
		return c.Desk.SetCategory(ctx, author(p), protocol.SetCategory{Number: number, Color: color, Comment: comment})
	})
}

// RemoveCategory makes the category of a number neutral, without a comment.
func (c *Callers) RemoveCategory(ctx context.Context, p access.Principal, number string) error {
	return c.change(p, access.Notes, "category.remove", number, "", func() error {
		key, err := c.key(p, number)
		if err != nil {
			return err
		}
		was, err := c.Store.Categories(ctx, key)
		if err == nil && (len(was) == 0 || was[0].Color == protocol.Neutral && was[0].Comment == "") {
			return missing("The number %s has no category.", key)
		}
		if err != nil {
			return err
		}
		return c.Desk.SetCategory(ctx, author(p), protocol.SetCategory{Number: number, Color: protocol.Neutral})
	})
}

// Blocks returns a page of the blocked numbers, the newest first. text is in number, reason or
// author.
func (c *Callers) Blocks(ctx context.Context, p access.Principal, text string, page Page) (List[Block], error) {
	if err := cmp.Or(need(p, access.View), searchable(text)); err != nil {
		return List[Block]{}, err
	}
	before := int64(0)
	limit, err := page.start(&before)
	if err != nil {
		return List[Block]{}, err
	}
	found, err := c.Store.FindBlocks(ctx, text, before, limit+1)
	return paged(found, limit, func(b blocking.Block) int64 { return b.ID }, block), failure(err)
}

func block(b blocking.Block) Block {
	out := Block{
		Number: b.Number, Blocked: b.Blocked, Reason: b.Reason, Author: cmp.Or(b.Name, b.Agent), At: b.At.UTC(),
		State: string(b.State), PBXs: []BlockedPBX{},
	}
	for _, e := range b.Entries {
		out.PBXs = append(out.PBXs, BlockedPBX{PBX: e.PBX, Form: e.Form, Done: e.Done, Error: e.Error})
	}
	return out
}

// BlockHistory returns all that was done to block a number, newest first.
func (c *Callers) BlockHistory(ctx context.Context, p access.Principal, number string) ([]Block, error) {
	key, err := c.key(p, number)
	if err != nil {
		return nil, err
	}
	found, err := c.Store.Blocks(ctx, key)
	if err == nil && len(found) == 0 {
		return nil, missing("The number %s was never blocked.", key)
	}
	return each(found, block), failure(err)
}

// Block blocks a number on all PBXs. A PBX that is away gets it when it connects.
func (c *Callers) Block(ctx context.Context, p access.Principal, number, reason string) (b Block, err error) {
	err = c.change(p, access.Notes, "caller.block", number, reason, func() error {
		result, err := c.Blocking.Block(ctx, author(p), number, reason)
		b = block(result.Block)
		return err
	})
	return b, err
}

// Unblock unblocks a number on all PBXs.
func (c *Callers) Unblock(ctx context.Context, p access.Principal, number, reason string) (b Block, err error) {
	err = c.change(p, access.Notes, "caller.unblock", number, reason, func() error {
		result, err := c.Blocking.Unblock(ctx, author(p), number, reason)
		b = block(result.Block)
		return err
	})
	return b, err
}
