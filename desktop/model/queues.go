package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// Titles of alarms of queues: From is the detail, Text the queue.
const (
	TitleQueueWaiting  = "card.warning.queue_waiting"
	TitleQueueLongest  = "card.warning.queue_longest"
	TitleQueueCategory = "card.warning.queue_category"
)

// Queue is a queue of the PBX, as the hub sent it last.
type Queue struct {
	protocol.Queue
	Since time.Time // when the caller came who waits longest; zero: no caller waits
}

const maxQueues = 100 // a hub that sends more is at fault

// Queues are the queues that the agent sees.
type Queues struct{ list []Queue }

// List returns them in the hub's order.
func (q *Queues) List() []Queue { return slices.Clone(q.list) }

// set adds, replaces or removes a queue.
func (q *Queues) set(one protocol.Queue, now time.Time) {
	next := Queue{Queue: one}
	if one.Waiting > 0 {
		next.Since = now.Add(-time.Duration(one.Longest) * time.Second)
	}
	i := slices.IndexFunc(q.list, func(known Queue) bool { return known.PBX == one.PBX && known.Name == one.Name })
	switch {
	case i >= 0 && one.Gone:
		q.list = slices.Delete(q.list, i, i+1)
	case i >= 0:
		q.list[i] = next
	case !one.Gone && len(q.list) < maxQueues:
		q.list = append(q.list, next)
	}
}

const queueAlarm = "queue:"

// AlarmOf returns the ID of the queue alarm that a card shows; empty if it shows none.
func AlarmOf(card string) string {
	id, ok := strings.CutPrefix(card, cardID(queueAlarm))
	if !ok {
		return ""
	}
	return id
}

// alarm shows what is wrong with a queue, until it is over or the agent closes the card.
func (w *warnings) alarm(a protocol.QueueAlarm, now time.Time) {
	title, detail := TitleQueueWaiting, fmt.Sprint(a.Waiting)
	switch a.Kind {
	case protocol.AlarmWaiting:
	case protocol.AlarmLongest:
		title, detail = TitleQueueLongest, fmt.Sprintf("%d:%02d", a.Limit/60, a.Limit%60)
	case protocol.AlarmCategory:
		title, detail = TitleQueueCategory, a.Caller
	}
	text := cmp.Or(a.Title, a.Name)
	if a.Category.Comment != "" {
		text += " — " + a.Category.Comment
	}
	w.warn(queueAlarm+a.ID, title, detail, text, protocol.Call{}, now)
	w.stick(queueAlarm + a.ID)
}

// calmAll removes the alarms of an earlier session: those that last come again.
func (w *warnings) calmAll() {
	w.cards = slices.DeleteFunc(w.cards, func(c Card) bool { return AlarmOf(c.ID) != "" })
}
