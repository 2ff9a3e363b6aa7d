package admin

import (
	"cmp"
	"context"
	"time"

	"traybell/hub/access"
	"traybell/hub/audit"
)

// Change is a change that somebody made, or tried to make.
type Change struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind" enum:"administrator,agent,token,local"`
	Who    string    `json:"who" doc:"login, or name of a token"`
	From   string    `json:"from,omitempty" doc:"address"`
	Action string    `json:"action"`
	Object string    `json:"object,omitempty" doc:"what was changed"`
	Detail string    `json:"detail,omitempty" doc:"how"`
	Error  string    `json:"error,omitempty" doc:"why it was not done; absent if it was"`
}

// ChangeFilter selects changes. Zero fields select all.
type ChangeFilter struct {
	Text     string
	From, To time.Time // in [From, To)
}

// Changes returns what was changed.
type Changes interface {
	Search(ctx context.Context, s audit.Search) (audit.Found, error)
}

// Audit reads who changed what.
type Audit struct {
	Changes Changes
}

// Find returns a page of the changes, newest first.
func (a *Audit) Find(ctx context.Context, p access.Principal, f ChangeFilter, page Page) (List[Change], error) {
	if err := cmp.Or(need(p, access.View), searchable(f.Text), dated(f.From, f.To)); err != nil {
		return List[Change]{}, err
	}
	s := audit.Search{Text: f.Text, From: f.From, Until: f.To}
	var err error
	if s.Limit, err = page.start(&s.Before); err != nil {
		return List[Change]{}, err
	}
	found, err := a.Changes.Search(ctx, s)
	if err != nil {
		return List[Change]{}, failure(err)
	}
	list := List[Change]{Items: each(found.Entries, func(e audit.Entry) Change {
		return Change{
			At: e.At.UTC(), Kind: e.Kind, Who: e.Who, From: e.From, Action: e.Action, Object: e.Object,
			Detail: e.Detail, Error: e.Error,
		}
	})}
	if found.Next > 0 {
		list.Next = cursor(found.Next)
	}
	return list, nil
}
