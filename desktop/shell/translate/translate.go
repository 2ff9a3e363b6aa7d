// Package translate says in the agent's language what the hub reports.
package translate

import (
	"strings"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/ui/wording"
	"traybell/shared/protocol"
)

// Event returns an event with its texts in the agent's language. The hub's own text is English and
// stays where this version does not know the problem.
func Event(texts *translations.Texts, event model.Event) model.Event {
	switch e := event.(type) {
	case model.SessionOpened:
		for i, p := range e.PBXs {
			e.PBXs[i] = pbxInWords(texts, p)
		}
		return e
	case model.SessionClosed:
		e.Reason = texts.Hub(string(e.Problem), e.About, closed(texts, e.ClosedSession))
		return e
	case model.Listened:
		return model.TextReceived{Text: protocol.Text{From: e.By, Text: listened(texts, e.ListenedCall)}}
	case model.PBXChanged:
		e.PBX = pbxInWords(texts, e.PBX)
		return e
	case model.PBXWarning:
		if e.Down {
			e.Text = pbxAway(texts, e.State)
		}
		return e
	case model.BlockChanged:
		e.Text = texts.Hub(string(e.Problem), strings.Join(e.Failed, ", "), e.Text)
		return e
	case model.TicketQueued:
		e.Text = texts.Hub(string(e.Problem), "", e.Text)
		return e
	case model.Notice:
		if e.Name == protocol.Maintenance {
			until := ""
			if !e.Until.IsZero() {
				until = wording.When(texts, e.Until, time.Now())
			}
			e.Text.Text = texts.SayWith("card.maintenance", map[string]any{"Until": until, "Text": e.Text.Text})
		}
		return e
	case model.Failure:
		said := texts.Hub(string(e.Problem), e.About, e.Text)
		if e.Note != "" && said != e.Text {
			said = texts.SayWith("card.note_was", map[string]any{"Failure": said, "Note": e.Note})
		}
		e.Text = said
		return e
	}
	return event
}

// pbxInWords replaces the hub's reason; an empty one stays empty.
func pbxInWords(texts *translations.Texts, p protocol.PBX) protocol.PBX {
	switch {
	case p.State == protocol.PBXWorking:
		p.Reason = ""
	case p.Reason != "":
		p.Reason = pbxAway(texts, p.State)
	}
	return p
}

func pbxAway(texts *translations.Texts, state protocol.PBXState) string {
	if state == protocol.PBXStopped {
		return texts.Say("card.pbx_refuses")
	}
	return texts.Say("card.pbx_away")
}

// closed says why the hub ended the session for good.
func closed(texts *translations.Texts, c protocol.ClosedSession) string {
	switch c.Code {
	case protocol.CloseRefused:
		return texts.Say("state.refused")
	case protocol.CloseReplaced:
		return texts.Say("state.replaced")
	case protocol.CloseEnded:
		return texts.Say("state.ended")
	case protocol.CloseInvalid:
		return texts.Say("state.incompatible")
	}
	return c.Reason
}

// listened says what a supervisor does with a call.
func listened(texts *translations.Texts, l protocol.ListenedCall) string {
	switch {
	case l.Over:
		return texts.Say("notice.listened_over")
	case l.Mode == "whisper":
		return texts.Say("notice.listened_whisper")
	case l.Mode == "barge":
		return texts.Say("notice.listened_barge")
	}
	return texts.Say("notice.listened_listen")
}
