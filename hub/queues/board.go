package queues

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/charset"
)

// Bounds of what a PBX may say of one queue.
const (
	maxMembers = 5000
	maxCallers = 5000
)

// Board is the queues of a PBX that hub.yml names. Make it with NewBoard.
type Board struct {
	o Options

	mu        sync.Mutex // guards what follows
	connected bool       // a snapshot was read in this connection
	events    bool       // there was an event of class agent: the manager user may read them
	connects  uint64     // snapshots of new connections
	fresh     bool       // Connected, and no snapshot since
	missing   bool       // the PBX has listed no queue: it starts, and has not loaded them
	queues    map[string]*queue
}

// Options are what a Board needs. Its functions do not block.
type Options struct {
	Wanted  func() []string // names of the queues; none: the board wants no events
	Changed func()          // called after each change
	Stale   func()          // asks for Read
}

// queue is a queue by what identifies its parts.
type queue struct {
	members map[string]Member // by interface
	callers map[string]Caller // by Uniqueid
}

// NewBoard returns a board without queues.
func NewBoard(o Options) *Board { return &Board{o: o, queues: map[string]*queue{}} }

// Queue returns a queue; false if the PBX has none of this name, or is not connected.
func (b *Board) Queue(name string) (Queue, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queues[name]
	if q == nil || !b.connected {
		return Queue{}, false
	}
	return Queue{
		Name: name,
		Members: slices.SortedFunc(maps.Values(q.members), func(x, y Member) int {
			return strings.Compare(x.Interface, y.Interface)
		}),
		Callers: slices.SortedFunc(maps.Values(q.callers), func(x, y Caller) int {
			return cmp.Or(x.Since.Compare(y.Since), strings.Compare(x.Uniqueid, y.Uniqueid))
		}),
	}, true
}

// Connects counts the connections of which a snapshot was read; 0 while there is none.
func (b *Board) Connects() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.connected {
		return 0
	}
	return b.connects
}

// Heard reports whether an event of a queue has come: the manager user may read them.
func (b *Board) Heard() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events
}

// Stale reports whether only Read says what has changed: when callers leave, or that there are queues.
func (b *Board) Stale() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.missing {
		return true
	}
	if b.events || !b.connected {
		return false
	}
	for _, q := range b.queues {
		if len(q.callers) > 0 {
			return true
		}
	}
	return false
}

// Lost says that there is no connection. What was known is out of date.
func (b *Board) Lost() {
	b.mu.Lock()
	was := b.connected
	b.connected = false
	b.mu.Unlock()
	if was {
		b.o.Changed()
	}
}

const deviceState = "DeviceStateChange"

// Events implements pbx.Tracker.
func (b *Board) Events() []string {
	if len(b.o.Wanted()) == 0 {
		return nil
	}
	return append(slices.Sorted(maps.Keys(changes)), deviceState)
}

// Snapshots implements pbx.Tracker.
func (b *Board) Snapshots() []string {
	if len(b.o.Wanted()) == 0 {
		return nil
	}
	return []string{"QueueStatus"}
}

// Connected implements pbx.Tracker.
func (b *Board) Connected(uint64, time.Time) {
	b.Lost()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fresh, b.missing = true, false
}

// Resync implements pbx.Tracker. Asterisk answers before it has loaded its queues.
func (b *Board) Resync(rows, _ []wire.Message, at time.Time) {
	b.mu.Lock()
	if b.missing = len(rows) == 0 && len(b.o.Wanted()) > 0; !b.missing {
		b.replace(rows, at)
	}
	b.mu.Unlock()
	b.o.Changed()
}

// Read replaces the board by the rows of a QueueStatus that was asked for because of Stale. It does
// nothing once events of queues come: they may be newer.
func (b *Board) Read(rows []wire.Message, at time.Time) {
	b.mu.Lock()
	ok := len(rows) > 0 && (b.missing || !b.events && b.connected)
	if ok {
		b.missing = false
		b.replace(rows, at)
	}
	b.mu.Unlock()
	if ok {
		b.o.Changed()
	}
}

// Late implements pbx.Tracker.
func (b *Board) Late(time.Time) {}

// replace takes a snapshot. Who waits came as long ago as the PBX says, unless that is known better.
func (b *Board) replace(rows []wire.Message, at time.Time) {
	wanted, before := b.o.Wanted(), b.queues
	b.queues = map[string]*queue{}
	for _, row := range rows {
		name := row.Get("Queue")
		if !slices.Contains(wanted, name) {
			continue
		}
		q := b.queues[name]
		if q == nil {
			q = &queue{map[string]Member{}, map[string]Caller{}}
			b.queues[strings.Clone(name)] = q
		}
		switch row.Event() {
		case "QueueMember":
			q.set(member(row))
		case "QueueEntry":
			c := caller(row, at)
			if wait, err := strconv.Atoi(row.Get("Wait")); err == nil {
				c.Since = at.Add(-time.Duration(wait) * time.Second)
			}
			if old := before[name]; old != nil {
				if known, ok := old.callers[c.Uniqueid]; ok {
					c.Since = known.Since
				}
			}
			q.join(c)
		}
	}
	if b.fresh {
		b.fresh = false
		b.connects++
	}
	b.connected = true
}

// changes are the events of queues and what they change.
var changes = map[string]func(q *queue, m wire.Message, at time.Time){
	"QueueCallerJoin":      func(q *queue, m wire.Message, at time.Time) { q.join(caller(m, at)) },
	"QueueCallerLeave":     func(q *queue, m wire.Message, _ time.Time) { delete(q.callers, m.Get("Uniqueid")) },
	"QueueMemberRemoved":   func(q *queue, m wire.Message, _ time.Time) { delete(q.members, member(m).Interface) },
	"QueueMemberAdded":     update,
	"QueueMemberStatus":    update,
	"QueueMemberPause":     update,
	"QueueMemberPaused":    update, // Asterisk 12
	"QueueMemberPenalty":   update,
	"QueueMemberRinginuse": update,
}

func update(q *queue, m wire.Message, _ time.Time) { q.set(member(m)) }

// Event implements pbx.Tracker.
func (b *Board) Event(m wire.Message, at time.Time) {
	if m.Event() == deviceState {
		b.mu.Lock()
		stale := !b.events && strings.HasPrefix(m.Get("Device"), "Queue:")
		b.mu.Unlock()
		if stale {
			b.o.Stale()
		}
		return
	}
	b.mu.Lock()
	first := !b.events
	b.events = true
	q := b.queues[m.Get("Queue")]
	if q != nil {
		changes[m.Event()](q, m, at)
	}
	b.mu.Unlock()
	if q != nil || first {
		b.o.Changed()
	}
}

func (q *queue) set(m Member) {
	if _, known := q.members[m.Interface]; !known && len(q.members) >= maxMembers {
		return
	}
	q.members[m.Interface] = m
}

func (q *queue) join(c Caller) {
	if _, known := q.callers[c.Uniqueid]; !known && len(q.callers) < maxCallers {
		q.callers[c.Uniqueid] = c
	}
}

// member reads a member from an event, or from a row of QueueStatus, which names some fields
// otherwise.
func member(m wire.Message) Member {
	var r Member
	for key, value := range m.Each() {
		switch key {
		case "Interface", "Location":
			r.Interface = strings.Clone(value)
		case "MemberName", "Name":
			r.Name = text(value)
		case "StateInterface":
			r.StateInterface = strings.Clone(value)
		case "Membership":
			r.Dynamic = value == "dynamic"
		case "Paused":
			r.Paused = value == "1"
		case "PausedReason", "Reason": // some versions have both
			if value != "" {
				r.Reason = text(value)
			}
		case "LastPause":
			r.PausedAt = epoch(value)
		case "LoginTime":
			r.Added = epoch(value)
		case "InCall":
			r.InCall = value == "1"
		case "Status":
			n, _ := strconv.Atoi(value)
			r.Status = Status(n)
		case "Penalty":
			r.Penalty, _ = strconv.Atoi(value)
		}
	}
	if !r.Paused {
		r.Reason, r.PausedAt = "", time.Time{}
	}
	return r
}

func caller(m wire.Message, at time.Time) Caller {
	c := Caller{Since: at}
	for key, value := range m.Each() {
		switch key {
		case "Uniqueid":
			c.Uniqueid = strings.Clone(value)
		case "CallerIDNum":
			c.Number = known(value)
		case "CallerIDName":
			c.Name = known(value)
		}
	}
	return c
}

// known returns a CallerID; empty if it is withheld. Rows of QueueStatus have another word for that.
func known(value string) string {
	if value == "<unknown>" || value == "unknown" {
		return ""
	}
	return text(value)
}

// maxText bounds a text of the PBX, in bytes.
const maxText = 200

func text(value string) string { return strings.Clone(charset.Text(value[:min(len(value), maxText)])) }

func epoch(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}
