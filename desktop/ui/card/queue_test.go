package card_test

import (
	"testing"

	"traybell/desktop/model"
	"traybell/desktop/ui/card"
)

// The alarm of a queue has a button that acknowledges it, as closing the card does.
func TestQueueAlarm(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		closed := ""
		p := card.NewPainter(card.Look{Texts: texts(t, language)}, card.Actions{Close: func(id string) { closed = id }})
		m := warn(model.TitleQueueWaiting, "6", "Support")
		m.ID = "warning:queue:1.2"
		golden(t, "queue_alarm-"+language, p.Paint(m, 1))
		p.Tap(find(t, p, "acknowledge"))
		if closed != m.ID {
			t.Errorf("the button closes %q", closed)
		}
	}
}
