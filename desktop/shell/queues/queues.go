// Package queues shows the PBX's queues in the tray's menu, and sends what the agent presses there. It
// has no state and belongs to the shell's goroutine.
package queues

import (
	"cmp"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/ui"
	"traybell/shared/protocol"
)

// Hub sends actions; done gets the reason of a failure, or nothing.
type Hub interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// mostMembers bounds the members of a queue in the menu.
const mostMembers = 12

// Items returns the entries of the menu.
func Items(texts *translations.Texts, list []model.Queue) (items []ui.QueueItem) {
	for _, q := range list {
		item := ui.QueueItem{
			PBX: q.PBX, Name: q.Name, In: q.Mine == protocol.QueueIn, Waiting: q.Waiting, Can: q.Can,
			Title: title(texts, q),
		}
		for i, m := range q.Members {
			if i == mostMembers {
				break
			}
			state := texts.Say(cmp.Or(states[m.State], "queue.is_unavailable"))
			if m.Reason != "" {
				state += " (" + m.Reason + ")"
			}
			item.Members = append(item.Members, m.Name+": "+state)
		}
		items = append(items, item)
	}
	return items
}

func title(texts *translations.Texts, q model.Queue) string {
	with := map[string]any{
		"Title": cmp.Or(q.Title, q.Name), "Waiting": q.Waiting, "Free": q.Free, "Agents": q.Agents,
		"Since": q.Since.Local().Format("15:04"),
	}
	switch {
	case q.Down:
		return texts.SayWith("queue.down", with)
	case q.Waiting > 0:
		return texts.SayWith("queue.waiting", with)
	}
	return texts.SayWith("queue.calm", with)
}

// states are the words for the states of members.
var states = map[string]string{
	"free": "queue.is_free", "ringing": "queue.is_ringing", "talking": "queue.is_talking", "paused": "queue.is_paused",
}

// Control has the hub change the agent's place in a queue. failed gets the reason of a failure.
func Control(hub Hub, pbx, name string, do protocol.QueueControl, failed func(reason string)) {
	hub.Request("queue."+string(do), protocol.SetQueue{PBX: pbx, Name: name},
		func(_ protocol.Message, failure string) {
			if failure != "" {
				failed(failure)
			}
		})
}

// Acknowledge ends the alarm of a card for all agents.
func Acknowledge(hub Hub, card string) {
	if id := model.AlarmOf(card); id != "" {
		hub.Request(protocol.QueueAcknowledge, protocol.AcknowledgeAlarm{ID: id},
			func(protocol.Message, string) {}) // the card is gone; the alarm comes again at the next sign-in
	}
}
