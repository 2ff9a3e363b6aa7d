// Package faults judges the hub's records of real calls by what Asterisk says of them, and its test
// makes those calls while the hub, Asterisk and the network fail.
package faults

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
	"traybell/test/accounts"
)

// The limits of the judgement.
const (
	// TalkSlack is how far a talk time may be from Asterisk's.
	TalkSlack = time.Second
	// GhostTime is how long a call may stay at the hub and at desktops after its end.
	GhostTime = 5 * time.Second
	// BackTime is how long after the end of a fault the hub may take to see calls again.
	BackTime = 6 * time.Second
	// edge is the longest time between an event and the hub's first write about it: it writes ten
	// times a second, and machines that run tests are busy.
	edge = 500 * time.Millisecond
	// worthwhile is the least time for which a phone must ring to expect a card.
	worthwhile = 300 * time.Millisecond
)

// Span is a stretch of time and what happened in it.
type Span struct {
	accounts.Span
	What string
}

// holds reports whether a time is within the span, with slack on both sides.
func (s Span) holds(at time.Time, slack time.Duration) bool {
	return !at.Before(s.From.Add(-slack)) && !at.After(s.To.Add(slack))
}

// Row is a record of the hub.
type Row struct {
	ID         string // "main:" and the Linkedid
	Direction  protocol.Direction
	Number     string
	AnsweredBy string
	Started    time.Time
	Answered   time.Time
	Ended      time.Time
	Missed     bool
	// the row says that the end or the answer was not seen
	EndUnseen, AnswerUnseen bool
	Ticket                  string
	Final                   bool
}

// unseen reports whether the record says that it may not be whole.
func (r Row) unseen() bool { return r.EndUnseen || r.AnswerUnseen }

// talked is the record's talk time.
func (r Row) talked() time.Duration {
	if r.Answered.IsZero() {
		return 0
	}
	return r.Ended.Sub(r.Answered)
}

// Line is a line of the monthly file.
type Line struct {
	Linkedid string
	Ticket   string
}

// Press is a press of OK on a call.
type Press struct {
	Call   string // its ID then
	By     string // extension
	Number string // the ticket that the agent was told
	Error  string // or what the hub answered instead
}

// Card is a call on a desktop. To is zero if it still is there at the end.
type Card struct {
	Call string
	At   string // extension
	accounts.Span
}

// Evidence is what happened in a run.
type Evidence struct {
	Calls   []*accounts.Call // by Asterisk
	Rows    []Row
	Lines   []Line
	Presses []Press
	Tickets map[string][]string // numbers in the help desk, by call
	Cards   []Card
	Missed  []string // IDs of the calls that agents were told to have missed
	Faults  []Span   // what the run broke, until it was whole again
	Blind   []Span   // when the hub was not running, stopped, or without a connection to the PBX
	// the PBX does not say when events happened: those that the hub reads late may be marked
	Undated bool
	// when the desktop of an extension had no session: a card that should have come then is not expected
	Apart map[string][]Span
}

// Difference is a difference between the hub and Asterisk.
type Difference struct {
	Kind string
	Call string // Linkedid
	Why  string
}

// Verdict is the result of a run.
type Verdict struct {
	Differences []Difference
	ByCDR       int            // calls that the CDR judged
	ByQueueLog  int            // queue_log
	ByCEL       int            // neither: Asterisk was killed during the call
	Unrecorded  int            // calls of which the hub could see nothing
	Unjoined    int            // transfers of which the hub could see nothing, not even the end of the call
	Unseen      map[string]int // records that say that the end or the answer was not seen, by the fault
	Tickets     int
	LongestBack time.Duration // from the end of a fault until the hub sees calls again
}

// The kinds of differences.
const (
	noRow      = "no record"
	manyRows   = "several records"
	noCall     = "record without a call"
	wrongID    = "wrong id"
	wrongSide  = "wrong direction or number"
	wrongBy    = "wrong answerer"
	wrongState = "answered or missed, wrongly"
	wrongTalk  = "wrong talk time"
	falseMark  = "marked as not seen, without a reason"
	badLine    = "lines in the file"
	badTicket  = "tickets"
	ghost      = "ghost"
	noCard     = "no card"
	toldMissed = "told missed, but answered"
	late       = "blind after the fault"
	doubt      = "Asterisk contradicts itself"
	unfinished = "never final"
)

// of counts the differences of a kind.
func (v Verdict) of(kind string) (n int) {
	for _, d := range v.Differences {
		if d.Kind == kind {
			n++
		}
	}
	return n
}

type judge struct {
	Evidence
	Verdict
	rows  map[string][]Row
	lines map[string][]Line
	cards map[string][]Card
}

// Judge compares the hub with Asterisk, call by call.
func Judge(e Evidence) Verdict {
	j := &judge{
		Evidence: e, rows: map[string][]Row{}, lines: map[string][]Line{}, cards: map[string][]Card{},
	}
	j.Unseen = map[string]int{}
	known := map[string]*accounts.Call{}
	for _, c := range e.Calls {
		for _, id := range c.Linkedids {
			known[id] = c
		}
	}
	for _, r := range e.Rows {
		id := linkedid(r.ID)
		if c := known[id]; c != nil {
			j.rows[c.ID] = append(j.rows[c.ID], r)
		} else {
			j.differ(noCall, id, "%+v", r)
		}
	}
	for _, l := range e.Lines {
		if c := known[l.Linkedid]; c != nil {
			j.lines[c.ID] = append(j.lines[c.ID], l)
		} else {
			j.differ(badLine, l.Linkedid, "a line without a call")
		}
	}
	for _, card := range e.Cards {
		if c := known[linkedid(card.Call)]; c != nil {
			j.cards[c.ID] = append(j.cards[c.ID], card)
		} else {
			j.differ(ghost, card.Call, "a card at %s of a call that Asterisk does not know", card.At)
		}
	}
	for _, c := range e.Calls {
		j.call(c)
	}
	for _, id := range e.Missed {
		if c := known[linkedid(id)]; c != nil && !c.Answered.IsZero() {
			j.differ(toldMissed, c.ID, "%s answered it at %s", c.By, clock(c.Answered))
		}
	}
	j.presses(known)
	j.recoveries()
	return j.Verdict
}

func linkedid(id string) string { return id[strings.IndexByte(id, ':')+1:] }

func (j *judge) differ(kind, call, why string, args ...any) {
	j.Differences = append(j.Differences, Difference{kind, call, fmt.Sprintf(why, args...)})
}

// blind returns the stretch in which the hub could not see what happened between two times.
func (j *judge) blind(from, to time.Time, slack time.Duration) (Span, bool) {
	for _, s := range j.Blind {
		if s.holds(from, slack) && s.holds(to, slack) {
			return s, true
		}
	}
	return Span{}, false
}

func (j *judge) call(c *accounts.Call) {
	if c.Ended.IsZero() {
		j.differ(doubt, c.ID, "the call has no end")
		return
	}
	for _, d := range c.Doubts() {
		j.differ(doubt, c.ID, "%s", d)
	}
	switch {
	case c.QueueLog().Says:
		j.ByQueueLog++
	case c.CDR().Says:
		j.ByCDR++
	default:
		j.ByCEL++
	}
	rows := j.rows[c.ID]
	switch len(rows) {
	case 0:
		if _, ok := j.blind(c.Began, c.Ended, edge); ok {
			j.Unrecorded++
		} else {
			j.differ(noRow, c.ID, "%s", j.tell(c))
		}
	case 1:
		j.row(c, rows[0])
	default:
		_, unseen := j.blind(c.Joined, c.Ended, edge)
		if unseen && !slices.ContainsFunc(rows, func(r Row) bool { return !r.EndUnseen }) {
			j.Unjoined++
		} else {
			j.differ(manyRows, c.ID, "%d: %s; %s", len(rows), j.tellRows(rows), j.tell(c))
		}
	}
	if n := len(j.lines[c.ID]); n != len(rows) {
		j.differ(badLine, c.ID, "%d lines, %d records", n, len(rows))
	}
	j.onDesktops(c, len(rows) > 0)
}

func (j *judge) row(c *accounts.Call, r Row) {
	differ := func(kind, why string, args ...any) {
		j.differ(kind, c.ID, "%s; %s; %s", fmt.Sprintf(why, args...), j.tellRows([]Row{r}), j.tell(c))
	}
	if !r.Final {
		differ(unfinished, "the record is not final")
		return
	}
	if linkedid(r.ID) != c.ID {
		differ(wrongID, "the oldest Linkedid is %s", c.ID)
	}
	direction := protocol.Incoming
	switch {
	case c.Outgoing():
		direction = protocol.Outgoing
	case c.Internal():
		direction = protocol.Internal
	}
	if r.Direction != direction || direction == protocol.Incoming && r.Number != c.Number {
		differ(wrongSide, "%s %s, not %s %s", r.Direction, r.Number, direction, c.Number)
	}
	said := c.Story()
	j.marks(c, r, differ)
	if r.Answered.IsZero() == said.Answered {
		_, unseen := j.blind(c.Answered, c.Ended, edge)
		// What the hub did not see it must not assert.
		if !said.Answered || !unseen || !r.unseen() || r.Missed {
			differ(wrongState, "answered %t", !r.Answered.IsZero())
		}
		return
	}
	if r.Missed && said.Answered || !r.Missed && !said.Answered && !c.Outgoing() && !r.unseen() {
		differ(wrongState, "missed %t", r.Missed)
	}
	if !said.Answered {
		return
	}
	if r.AnsweredBy != said.By && (!r.AnswerUnseen || !j.leftUnseen(c)) {
		differ(wrongBy, "%q, not %q", r.AnsweredBy, said.By)
	}
	switch off := r.talked() - said.Talked; {
	case off.Abs() <= TalkSlack:
	case r.unseen() && off < 0: // it talked at least so long
	default:
		differ(wrongTalk, "talked %v, not %v", round(r.talked()), round(said.Talked))
	}
}

// marks checks that what the record marks as not seen was not seen.
func (j *judge) marks(c *accounts.Call, r Row, differ func(kind, why string, args ...any)) {
	if !r.unseen() {
		return
	}
	end, ended := j.dark(c.Ended)
	answer, answered := j.dark(c.Answered)
	if r.EndUnseen && !ended {
		differ(falseMark, "the hub saw the end")
	}
	if r.AnswerUnseen && !answered && (!ended || !r.Answered.IsZero()) {
		differ(falseMark, "the hub saw the answer")
	}
	j.Unseen[cmp.Or(end.What, answer.What)]++
}

// dark returns the stretch in which the hub could not see what happened at a time, or not when.
func (j *judge) dark(at time.Time) (Span, bool) {
	if s, ok := j.blind(at, at, TalkSlack); ok {
		return s, true
	}
	for _, f := range j.Faults {
		if j.Undated && f.holds(at, TalkSlack) {
			return f, true
		}
	}
	return Span{}, false
}

// leftUnseen reports whether the one who answered came and went while the hub could not see it.
func (j *judge) leftUnseen(c *accounts.Call) bool {
	s, ok := j.blind(c.Answered, c.Answered, edge)
	return ok && !slices.ContainsFunc(c.Channels, func(ch accounts.Channel) bool {
		return accounts.Extension(ch.Name) == c.By && ch.From.Before(s.To) && ch.To.After(s.To)
	})
}

// deadline is when nothing may be left of what ended at a time: GhostTime without a fault.
func (j *judge) deadline(ended time.Time) time.Time {
	for again := true; again; {
		again = false
		for _, f := range j.Faults {
			if f.From.Before(ended.Add(GhostTime)) && f.To.After(ended) {
				ended, again = f.To, true
			}
		}
	}
	return ended.Add(GhostTime)
}

func (j *judge) onDesktops(c *accounts.Call, recorded bool) {
	deadline := j.deadline(c.Ended)
	had := map[string]bool{}
	for _, card := range j.cards[c.ID] {
		had[card.At] = true
		if card.To.IsZero() || card.To.After(deadline) {
			j.differ(ghost, c.ID, "at %s from %s to %s; %s", card.At, clock(card.From), clock(card.To), j.tell(c))
		}
	}
	if !recorded {
		return
	}
	for _, extension := range slices.Sorted(maps.Keys(c.Rang)) {
		rang := c.Rang[extension]
		if had[extension] || rang.To.Sub(rang.From) < worthwhile {
			continue
		}
		apart := func(s Span) bool { return s.From.Before(rang.To) && s.To.After(rang.From.Add(-edge)) }
		if !slices.ContainsFunc(j.Blind, apart) && !slices.ContainsFunc(j.Apart[extension], apart) {
			j.differ(noCard, c.ID, "%s rang from %s to %s; %s", extension, clock(rang.From), clock(rang.To), j.tell(c))
		}
	}
}

func (j *judge) presses(known map[string]*accounts.Call) {
	pressed := map[string][]Press{}
	for _, p := range j.Presses {
		c := known[linkedid(p.Call)]
		switch {
		case c == nil:
			j.differ(badTicket, p.Call, "pressed on a call that Asterisk does not know")
		case p.Number == "":
			j.differ(badTicket, c.ID, "%s pressed OK and got %q; %s", p.By, cmp.Or(p.Error, "no answer"), j.tell(c))
		default:
			pressed[c.ID] = append(pressed[c.ID], p)
		}
	}
	made := map[string][]string{}
	for id, numbers := range j.Evidence.Tickets {
		if c := known[linkedid(id)]; c != nil {
			made[c.ID] = append(made[c.ID], numbers...)
		} else {
			j.differ(badTicket, id, "tickets %v of a call that Asterisk does not know", numbers)
		}
	}
	for _, c := range j.Calls {
		numbers, presses := made[c.ID], pressed[c.ID]
		j.Verdict.Tickets += len(numbers)
		if len(presses) == 0 {
			if len(numbers) > 0 {
				j.differ(badTicket, c.ID, "%v without a press", numbers)
			}
			continue
		}
		switch {
		case len(numbers) == 0:
			j.differ(badTicket, c.ID, "%s was told %s, which does not exist", presses[0].By, presses[0].Number)
			continue
		case len(numbers) > 1:
			j.differ(badTicket, c.ID, "tickets %v; %s", numbers, j.tell(c))
		}
		for _, p := range presses {
			if !slices.Contains(numbers, p.Number) {
				j.differ(badTicket, c.ID, "%s was told %s, made was %v", p.By, p.Number, numbers)
			}
		}
		recorded, written := 0, 0
		for _, r := range j.rows[c.ID] {
			if r.Ticket == numbers[0] {
				recorded++
			}
		}
		for _, l := range j.lines[c.ID] {
			if l.Ticket == numbers[0] {
				written++
			}
		}
		if recorded != 1 || written != 1 {
			j.differ(badTicket, c.ID, "%v is in %d records and %d lines; %s", numbers, recorded, written, j.tell(c))
		}
	}
}

// recoveries checks that the hub was blind only because of a fault, and not for long after it.
func (j *judge) recoveries() {
	for _, s := range j.Blind {
		var end time.Time
		for _, f := range j.Faults {
			if f.From.Before(s.To) && !f.From.After(s.From.Add(BackTime)) && f.To.After(end) {
				end = f.To
			}
		}
		switch {
		case end.IsZero():
			j.differ(late, "", "%s from %s to %s without a fault", s.What, clock(s.From), clock(s.To))
		case s.To.After(end):
			j.LongestBack = max(j.LongestBack, s.To.Sub(end))
			if s.To.Sub(end) > BackTime {
				j.differ(late, "", "%s: the fault was over at %s, calls are seen from %s: %v", s.What, clock(end),
					clock(s.To), round(s.To.Sub(end)))
			}
		}
	}
}

// tell describes a call as Asterisk tells it, with the faults during it.
func (j *judge) tell(c *accounts.Call) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Asterisk: %s %s→%s began %s", strings.Join(c.Linkedids, "+"), c.Number, c.Exten, clock(c.Began))
	if !c.Answered.IsZero() {
		fmt.Fprintf(&b, " answered %s by %q", clock(c.Answered), c.By)
	}
	fmt.Fprintf(&b, " ended %s, channels", clock(c.Ended))
	for _, ch := range c.Channels {
		fmt.Fprintf(&b, " %s", ch.Name)
	}
	for _, list := range [][]Span{j.Faults, j.Blind} {
		for _, s := range list {
			if s.From.Before(c.Ended.Add(GhostTime)) && s.To.After(c.Began.Add(-time.Second)) {
				fmt.Fprintf(&b, "; %s %s–%s", s.What, clock(s.From), clock(s.To))
			}
		}
	}
	return b.String()
}

func (j *judge) tellRows(rows []Row) string {
	var told []string
	for _, r := range rows {
		told = append(told, fmt.Sprintf("hub: %s %s %s began %s answered %s by %q ended %s; missed %t; not seen: "+
			"answer %t, end %t; ticket %q", r.ID, r.Direction, r.Number, clock(r.Started), clock(r.Answered),
			r.AnsweredBy, clock(r.Ended), r.Missed, r.AnswerUnseen, r.EndUnseen, r.Ticket))
	}
	return strings.Join(told, ", ")
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("15:04:05.000")
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }
