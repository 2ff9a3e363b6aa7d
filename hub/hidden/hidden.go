// Package hidden hides the numbers of customers from agents: those of calls to a line, or under a rule,
// with hide_number in hub.yml. Such a number is hidden on all lines, in texts, and where it is searched
// for. What leaves the hub for an agent passes a Book, whether by ACP, by REST or as a page: in
// place of a number it has an alias, which the Book resolves in what comes back. The desk and all
// that is the company's, such as tickets and webhooks, has the numbers.
//
// A Book has the hidden numbers in memory. They are those of the call records and of the calls
// since the start. It has no goroutine; any goroutine may use it.
package hidden

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"traybell/hub/calls"
	"traybell/hub/desk"
	"traybell/hub/signin"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Store has the callers of earlier calls.
type Store interface {
	// Callers calls each with the called number and the other party's number of all incoming calls, and of
	// those whose number a rule hid: rule is its name.
	Callers(ctx context.Context, each func(did, number, rule string)) error
	TokenKey(ctx context.Context) ([]byte, error)
}

// mostNumbers bounds the hidden numbers: each takes about 200 bytes, and anyone can present any.
const mostNumbers = 1_000_000

// Book knows the hidden numbers. Make it with New.
type Book struct {
	rules func() *desk.Rules // of the moment
	store Store
	key   []byte // of aliases
	log   *slog.Logger

	mu      sync.RWMutex
	index   map[string]entry  // by digits: the number with and without the country code, and as it was sent
	aliases map[string]string // what they stand for
	count   int
	most    int  // bounds count
	full    bool // it has been logged
}

// entry is a hidden number.
type entry struct {
	key   string
	whole bool // it is not found behind other digits
	cause
}

// cause is why a number is hidden: it called a line, or a rule hid it.
type cause struct{ did, rule string }

// on reports whether rules hide numbers at all.
func on(rules *desk.Rules) bool { return rules.Lines.Hide() || rules.Rules.Hide() }

// holds reports whether hub.yml still says so.
func (c cause) holds(rules *desk.Rules) bool {
	if c.rule != "" {
		return rules.Rules.Hides(c.rule)
	}
	line := rules.Lines.Of(c.did)
	return line != nil && line.HideNumber
}

// New returns a book with the numbers of the records.
func New(ctx context.Context, store Store, rules func() *desk.Rules, log *slog.Logger) (*Book, error) {
	b := &Book{
		rules: rules, store: store, log: log, index: map[string]entry{}, aliases: map[string]string{},
		most: mostNumbers,
	}
	secret, err := store.TokenKey(ctx)
	if err == nil { // an alias is the same after a restart
		b.key, err = hkdf.Key(sha256.New, secret, nil, "hidden numbers", signin.KeyLength)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of hidden numbers: %w", err)
	}
	return b, b.Read(ctx, rules())
}

// Read adds the numbers of the records for rules, which may be those to come.
func (b *Book) Read(ctx context.Context, rules *desk.Rules) error {
	if !on(rules) {
		return nil
	}
	err := b.store.Callers(ctx, func(did, number, rule string) {
		if did != "" || rule == "" {
			b.add(rules, cause{did: did}, number)
		}
		if rule != "" {
			b.add(rules, cause{rule: rule}, number)
		}
	})
	if err != nil {
		return fmt.Errorf("read the hidden numbers: %w", err)
	}
	return nil
}

// Call takes a call's new state, before it is shown to anyone.
func (b *Book) Call(c calls.Call) {
	if rules := b.rules(); c.Direction == protocol.Incoming && c.TestFor == "" && rules.Lines.Hide() {
		b.add(rules, cause{did: c.DID}, c.Number)
	}
}

// Ruled takes a call whose number a rule hides, before the call is shown to anyone.
func (b *Book) Ruled(c calls.Call, rule string) {
	if c.Direction != protocol.Internal && c.TestFor == "" {
		b.add(b.rules(), cause{rule: rule}, c.Number)
	}
}

// add hides a number if its cause holds. An extension that is presented from outside stays visible.
func (b *Book) add(rules *desk.Rules, of cause, number string) {
	if !of.holds(rules) {
		return
	}
	n := rules.Numbers.Read(number)
	if n.Kind == phone.Withheld || rules.Impostor(protocol.Incoming, n) {
		return
	}
	key := n.Key()
	if len(digits(key)) < shortest {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, known := b.index[digits(key)]; known && e.cause == of {
		return
	} else if !known {
		if b.count >= b.most {
			if !b.full {
				b.log.Error("too many hidden numbers: new ones are only hidden in their calls", "most", b.most)
			}
			b.full = true
			return
		}
		b.count++
	}
	for _, form := range []string{key, n.E164, phone.NationalDigits(n.E164), number, n.Shown} {
		if form = digits(form); len(form) >= shortest {
			b.index[form] = entry{key, n.E164 == "", of}
		}
	}
}

// on reports whether numbers are hidden at all.
func (b *Book) on() bool { return on(b.rules()) }

// Customer reports whether a number of a customer is hidden. Then the others are hidden as well.
func (b *Book) Customer(c protocol.Customer) bool {
	if !b.on() {
		return false
	}
	rules := b.rules()
	var all []string
	var of entry
	for _, field := range []string{c.Phone, c.Mobile, c.HomePhone} {
		for _, n := range rules.Numbers.Plain().Numbers(field) {
			if e, hidden := b.find(digits(n.Key())); hidden {
				of = e
			}
			all = append(all, n.Key())
		}
	}
	if of.key == "" {
		return false
	}
	for _, number := range all {
		b.add(rules, of.cause, number)
	}
	return true
}

// Number reports whether a text is a hidden number.
func (b *Book) Number(text string) bool {
	_, hidden := b.number(text)
	return hidden
}

// number returns the key of a text that is a hidden number and nothing else.
func (b *Book) number(text string) (key string, ok bool) {
	if strings.Trim(text, "+0123456789 -()./\u00a0") != "" || !b.on() {
		return "", false
	}
	e, ok := b.find(digits(text))
	return e.key, ok
}

const (
	shortest = 5 // digits of a number that is hidden
	// digits with which a number is found behind others, such as a trunk prefix
	shortestEnd = 7
)

// find returns the hidden number that digits are or end with.
func (b *Book) find(of string) (found entry, ok bool) {
	if len(of) < shortest {
		return entry{}, false
	}
	rules := b.rules()
	b.mu.RLock()
	defer b.mu.RUnlock()
	for i := 0; i == 0 || len(of)-i >= shortestEnd; i++ {
		if e, ok := b.index[of[i:]]; ok && (i == 0 || !e.whole) && e.holds(rules) {
			return e, true
		}
	}
	return entry{}, false
}

// digits returns the digits of a text.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// alias returns what stands for a text where programs need one. It has letters only, so that nothing
// takes it for a number.
func (b *Book) alias(text string) string {
	mac := hmac.New(sha256.New, b.key)
	mac.Write([]byte(text))
	name := []byte(protocol.Alias)
	for _, c := range mac.Sum(nil)[:10] {
		name = append(name, 'a'+c>>4, 'a'+c&15)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.aliases) < 2*mostNumbers {
		b.aliases[string(name)] = text
	}
	return string(name)
}

// resolve returns what a text stands for if it is an alias and nothing else: next to other characters
// a number could be read where it is not found.
func (b *Book) resolve(text string) string {
	if !strings.HasPrefix(text, protocol.Alias) {
		return text
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if of, ok := b.aliases[text]; ok {
		return of
	}
	return text
}

// Hide returns a call as agents see it. If c is Hidden, a rule hides its number.
func (b *Book) Hide(c protocol.Call) protocol.Call {
	rules := b.rules()
	if strings.HasPrefix(c.Number, protocol.Alias) && c.Display == protocol.HiddenNumber {
		return c // it is hidden already
	}
	if !on(rules) || c.Direction == protocol.Internal || c.Number == "" {
		c.Hidden = false
		return c
	}
	key, hidden := b.number(c.Number)
	if !hidden && (c.Hidden || c.Direction == protocol.Incoming && (cause{did: c.DID}).holds(rules)) {
		key, hidden = rules.Numbers.Read(c.Number).Key(), !rules.Extension(c.Number)
	}
	if c.Hidden = hidden; !hidden {
		return c
	}
	known := []string{digits(key), digits(c.Number)}
	c.Number, c.Display, c.E164 = b.alias(key), protocol.HiddenNumber, ""
	c.Name = b.mask(c.Name, known)
	if c.Caller.Category.Number != "" {
		c.Caller.Category.Number = c.Number
	}
	c.Caller.Customers = append([]protocol.Customer(nil), c.Caller.Customers...)
	for i := range c.Caller.Customers {
		of := &c.Caller.Customers[i]
		b.Customer(*of)
		of.Phone, of.Mobile, of.Fax, of.HomePhone = "", "", "", ""
		if b.mask(of.Login, known) != of.Login {
			of.Login = b.alias(of.Login)
		}
		of.Name, of.Company = b.mask(of.Name, known), b.mask(of.Company, known)
	}
	c.Caller.Tickets = append([]protocol.OpenTicket(nil), c.Caller.Tickets...)
	for i := range c.Caller.Tickets {
		c.Caller.Tickets[i].Title = b.mask(c.Caller.Tickets[i].Title, known)
	}
	c.Data = append([]protocol.CallDatum(nil), c.Data...)
	for i := range c.Data {
		c.Data[i].Value = b.mask(c.Data[i].Value, known)
	}
	c.Links = rules.Links.For(c)
	return c
}
