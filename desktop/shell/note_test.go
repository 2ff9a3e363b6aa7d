//go:build linux

package shell

import (
	"slices"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// act waits for the next ticket or note, and returns its data.
func (k *keeper) act(name string, data any) protocol.Message {
	k.d.t.Helper()
	select {
	case m := <-k.acts:
		if err := m.Decode(data); err != nil || m.Name != name {
			k.d.t.Fatalf("got %s %s, %v; want %s", m.Name, m.Data, err, name)
		}
		return m
	case <-time.After(patience):
		k.d.t.Fatalf("no %s came", name)
		return protocol.Message{}
	}
}

// In the calls window, an earlier call gets a note, which goes into its ticket, and another one a
// ticket with a note. By keyboard, with a reconnect in between.
func TestNotesInCalls(t *testing.T) {
	for _, look := range []struct{ language, theme, calls string }{
		{"en", "light", "^Calls"}, {"ru", "dark", "^Звонки"},
	} {
		t.Run(look.language, func(t *testing.T) {
			display, hub, folder := screenOf(t), newHub(t), t.TempDir()
			host, port, _ := settings.CheckServer(hub.URL)
			if err := settings.In(folder).Save(settings.Own{
				Server: host, Port: port, Extension: "101", Desktop: "me", ToldNoTray: true, Language: look.language,
				Seen: time.Unix(0, 0),
			}); err != nil {
				t.Fatal(err)
			}
			p := run(t, display, Options{
				Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim", Open: "calls",
			}, withBus, "FYNE_THEME="+look.theme)
			calls := aDay(time.Now())
			signIn := func() (*desk, *keeper) {
				d := hub.next(t)
				open := d.read(protocol.SessionOpen)
				k := keep(d, calls)
				d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
					Agent: protocol.Agent{
						Login: "anna", Name: "Anna Petrova", Extensions: []string{"101"},
						Rights: []protocol.Right{protocol.RightTicket},
					},
					Settings: settings.Default(), Hub: "1", MaxNote: 60,
				})
				k.next("the calls", func(protocol.ListHistory) bool { return true })
				return d, k
			}
			d, k := signIn()
			p.window(look.calls)
			p.settled()

			p.tab(3) // all, missed, the list
			p.keys("space")
			p.tab(7) // older, page, caller, copy, ticket, why, the note
			p.write("It prints again")
			p.keys("Return")
			var note protocol.NoteTicket
			m := k.act(protocol.TicketNote, &note)
			if note != (protocol.NoteTicket{Call: calls[0].ID, Text: "It prints again"}) {
				t.Errorf("ticket.note: %+v", note)
			}
			p.changes(func() {
				d.write(protocol.Error, protocol.TicketNote, m.ID, protocol.Failure{
					Code: protocol.HelpDeskFailed, Text: "The ticket is locked.",
				})
			})
			p.picture("refused")
			p.keys("Return")
			again := k.act(protocol.TicketNote, &note)
			if again.ID != m.ID || note.Text != "It prints again" {
				t.Errorf("again: %+v %+v", again, note)
			}
			p.changes(func() {
				d.write(protocol.Notification, protocol.TicketNoted, m.ID, protocol.NotedTicket{
					Call: calls[0].ID, Number: calls[0].Ticket.Number,
				})
			})
			p.picture("noted")

			p.keys(append(slices.Repeat([]string{"shift+Tab"}, 7), "Down", "space")...)
			p.tab(7) // older, page, caller, copy, OK, why, the note
			p.write("Printer on floor 2 is out of paper, ask Olga on Tuesday, please")
			p.settled()
			p.picture("too_long")
			p.write("Printer is out of paper")
			p.settled()
			_ = d.conn.CloseNow() // the unsent text stays
			d, k = signIn()
			p.settled()
			p.picture("waits")
			p.keys("shift+Tab", "shift+Tab", "space")
			var create protocol.CreateTicket
			m = k.act(protocol.TicketCreate, &create)
			if want := (protocol.CreateTicket{
				Call: calls[1].ID, Customer: "x", Note: "Printer is out of paper",
			}); create != want {
				t.Errorf("ticket.create: %+v, want %+v", create, want)
			}
			p.changes(func() {
				d.write(protocol.Notification, protocol.TicketCreated, m.ID, protocol.CreatedTicket{
					Call: calls[1].ID, Number: "2026112210000018", URL: "https://desk.example.com/18",
				})
			})
			p.picture("made")
			p.end()
			close(d.done)
		})
	}
}

// A press on the card's field opens the window for a note. Enter keeps it for OK or, if the call
// has its ticket, adds it. The card takes no focus by itself.
func TestNoteOfACard(t *testing.T) {
	for _, look := range []struct{ language, theme, title string }{
		{"en", "light", "^Note"}, {"ru", "dark", "^Заметка"},
	} {
		t.Run(look.language, func(t *testing.T) {
			p, d := at(t, settings.Own{Language: look.language}, look.theme, protocol.RightTicket)
			d.write(protocol.Event, protocol.SessionOpened, "", protocol.OpenedSession{
				Agent: protocol.Agent{
					Login: "anna", Name: "Anna", Extensions: []string{"101"},
					Rights: []protocol.Right{protocol.RightTicket},
				},
				Settings: settings.Default(), Hub: "1", MaxNote: 2000,
			})
			call := d.ring()
			d.read(protocol.CallShown)
			call.State, call.Legs[0].State, call.Answered = protocol.Answered, protocol.Answered, time.Now()
			d.write(protocol.Event, protocol.CallEvent, "", call)
			d.read(protocol.CallShown) // of the answer
			if open := p.windows(); open != "" {
				t.Errorf("the call opened the windows %q", open)
			}
			p.pressAt("field", 196, 178)
			p.window(look.title)
			p.write("Out of paper")
			p.settled()
			p.picture("window")
			p.keys("Return")
			p.until("the window's end", func() bool { return p.windows() == "" })
			p.pressAt("kept", 196, 178)
			p.window(look.title)
			call.Ticket = &protocol.Ticket{Number: "17", URL: "https://desk.example.com/17", By: "Boris"}
			d.write(protocol.Event, protocol.CallEvent, "", call) // a colleague was faster
			p.keys("Return")
			m := d.read(protocol.TicketNote)
			var note protocol.NoteTicket
			if err := m.Decode(&note); err != nil ||
				note != (protocol.NoteTicket{Call: call.ID, Text: "Out of paper"}) {
				t.Errorf("ticket.note: %+v, %v", note, err)
			}
			d.write(protocol.Notification, protocol.TicketNoted, m.ID, protocol.NotedTicket{
				Call: call.ID, Number: "17",
			})
			p.until("the window's end", func() bool { return p.windows() == "" })
			time.Sleep(500 * time.Millisecond)
			p.picture("saved")
			p.end()
			close(d.done)
		})
	}
}
