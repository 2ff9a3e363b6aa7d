package translate

import (
	"testing"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// Agents read a short sentence in their language, whatever the hub's text says, also that of an
// older hub. What this version does not know stays.
func TestHubInWords(t *testing.T) {
	texts, err := translations.Load("ru")
	if err != nil {
		t.Fatal(err)
	}
	const admins = "nothing listens there; is Asterisk running, with `enabled = yes` in manager.conf? dial tcp 10.0.0.1"
	failure := protocol.Failure{
		Code: protocol.HelpDeskFailed, Text: admins, Problem: protocol.NumberProtected, About: "101",
	}
	opened := protocol.OpenedSession{PBXs: []protocol.PBX{{ID: "main", State: protocol.PBXConnecting, Reason: admins}}}
	for name, c := range map[string]struct {
		event model.Event
		said  func(model.Event) string
		want  string
	}{
		"failure": {
			model.Failure{Failure: failure},
			func(e model.Event) string { return e.(model.Failure).Text },
			"Номер 101 защищён, его нельзя заблокировать.",
		},
		"queued": {
			model.TicketQueued{Text: admins, Problem: protocol.HelpDeskDown},
			func(e model.Event) string { return e.(model.TicketQueued).Text }, "Система заявок не отвечает.",
		},
		"maintenance": {
			model.Notice{
				Name: protocol.Maintenance, Text: protocol.Text{Text: "Новый сервер"},
				Until: time.Date(2020, 1, 2, 3, 4, 0, 0, time.Local),
			},
			func(e model.Event) string { return e.(model.Notice).Text.Text },
			"Новые подключения к серверу закрыты до 02.01.2020 03:04. Новый сервер",
		},
		"maintenance without an end": {
			model.Notice{Name: protocol.Maintenance},
			func(e model.Event) string { return e.(model.Notice).Text.Text },
			"Новые подключения к серверу закрыты.",
		},
		"PBX down": {
			model.PBXWarning{State: protocol.PBXConnecting, Text: admins, Down: true},
			func(e model.Event) string { return e.(model.PBXWarning).Text },
			"Звонки через неё не видны, пока она не ответит.",
		},
		"PBX stopped": {
			model.PBXChanged{PBX: protocol.PBX{State: protocol.PBXStopped, Reason: admins}},
			func(e model.Event) string { return e.(model.PBXChanged).Reason },
			"Звонки через неё не видны. Сообщите администратору.",
		},
		"PBX disabled": {
			model.PBXChanged{PBX: protocol.PBX{State: protocol.PBXStopped}},
			func(e model.Event) string { return e.(model.PBXChanged).Reason }, "",
		},
		"PBX at sign-in": {
			model.SessionOpened{OpenedSession: opened},
			func(e model.Event) string { return e.(model.SessionOpened).PBXs[0].Reason },
			"Звонки через неё не видны, пока она не ответит.",
		},
		"blocked in part": {
			model.BlockChanged{BlockedCaller: protocol.BlockedCaller{
				Text: admins, Problem: protocol.BlockIncomplete, Failed: []string{"main", "branch"},
			}},
			func(e model.Event) string { return e.(model.BlockChanged).Text },
			"Номер пока заблокирован не везде (АТС: main, branch). Сервер повторит попытку.",
		},
		"session": {
			model.SessionClosed{ClosedSession: protocol.ClosedSession{
				Code: protocol.CloseEnded, Reason: admins, Problem: protocol.AccountExtension, About: "201",
			}},
			func(e model.Event) string { return e.(model.SessionClosed).Reason },
			"Ваш внутренний номер изменён. Войдите с номером 201.",
		},
		"session, older hub": {
			model.SessionClosed{ClosedSession: protocol.ClosedSession{Code: protocol.CloseEnded, Reason: admins}},
			func(e model.Event) string { return e.(model.SessionClosed).Reason }, texts.Say("state.ended"),
		},
		"newer hub": {
			model.Failure{Failure: protocol.Failure{Text: "Too late.", Problem: "time.over"}},
			func(e model.Event) string { return e.(model.Failure).Text }, "Too late.",
		},
	} {
		if got := c.said(Event(texts, c.event)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Good news has no warning's colour.
func TestGoodNewsIsNoWarning(t *testing.T) {
	for title, want := range map[string]bool{
		model.TitlePBXBack: true, model.TitleMade: true, model.TitleSaved: true, model.TitlePBXDown: false,
		model.TitleNotMade: false, model.TitleHubAway: false,
	} {
		if model.Good(title) != want {
			t.Errorf("%s: %t", title, !want)
		}
	}
}
