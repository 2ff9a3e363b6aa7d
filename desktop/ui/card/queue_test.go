package card_test

import (
	"testing"

	"traybell/desktop/model"
	"traybell/desktop/ui/card"
)

// The alarm of a queue has a button that acknowledges it for all. Closing the card does not.
func TestQueueAlarm(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		did := ""
		p := card.NewPainter(card.Look{Texts: texts(t, language)}, card.Actions{
			Acknowledge: func(id string) { did += "acknowledge " + id },
			Close:       func(id string) { did += "close " + id },
		})
		m := warn(model.TitleQueueWaiting, "6", "Support")
		m.ID = "warning:queue:1.2"
		golden(t, "queue_alarm-"+language, p.Paint(m, 1))
		p.Tap(find(t, p, "acknowledge"))
		if did != "acknowledge "+m.ID {
			t.Errorf("the button: %q", did)
		}
		did = ""
		p.Tap(find(t, p, "close"))
		if did != "close "+m.ID {
			t.Errorf("the cross: %q", did)
		}
	}
}
