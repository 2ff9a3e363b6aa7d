package card_test

import (
	"strings"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

// The text of a card has the same contents as its picture.
func TestRead(t *testing.T) {
	for _, one := range []struct {
		language string
		card     model.Card
		want     []string
	}{
		{"en", with(func(m *model.Card) { before(m, 3*24*time.Hour) }), []string{
			"Incoming call: +7 912 345-67-00", "Ivan Petrov — Romashka Ltd, Voronezh", "Welcome — Always pays on time",
			"Answer: “Acme support, good morning”",
			"Last call 3 days ago with Boris Ivanov #2026022710000031",
		}},
		{
			"ru", with(func(m *model.Card) { before(m, 5*24*time.Hour) }),
			[]string{"Прошлый звонок 5 дней назад — Boris Ivanov #2026022710000031"},
		},
		{"en", with(func(m *model.Card) {
			m.Done, m.Call.State, m.Call.EndUnseen = true, protocol.Ended, true
		}), []string{"Call ended, time unknown: +7 912 345-67-00"}},
		{"ru", with(func(m *model.Card) {
			before(m, 24*time.Hour)
			m.Call.Previous.Missed = true
		}), []string{"Пропущен, вчера"}},
		{"ru", with(func(m *model.Card) {
			before(m, 2*24*time.Hour)
			m.Call.Previous.Agent = ""
		}), []string{"Прошлый звонок 2 дня назад"}},
		{"ru", with(func(m *model.Card) { before(m, 21*24*time.Hour) }), []string{"Прошлый звонок 9 февр., 09:00"}},
		{"en", with(func(m *model.Card) {
			before(m, 400*24*time.Hour)
			m.Call.Previous.Direction = protocol.Outgoing
		}), []string{"Boris Ivanov called 26 Jan 2025"}},
		{"en", with(func(m *model.Card) {
			before(m, time.Hour)
			m.Call.Previous.Direction, m.Call.Previous.Missed = protocol.Outgoing, true
		}), []string{"We called today 08:00, no answer"}},
		{
			"en", with(several),
			[]string{"6 customers have this number: who is it?", "Olga Sidorova — Romashka Ltd, second office"},
		},
	} {
		w := card.Read(card.Look{Texts: texts(t, one.language)}, one.card)
		all := strings.Join(append([]string{w.Title}, w.Lines...), "\n")
		for _, want := range one.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is missing:\n%s", one.language, want, all)
			}
		}
	}
}
