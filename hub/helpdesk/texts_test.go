package helpdesk_test

import (
	"errors"
	"testing"

	"traybell/hub/helpdesk"
)

func TestTextsOfAdapters(t *testing.T) {
	for got, want := range map[string]string{
		helpdesk.Sentence("No such queue.. \n"): "No such queue.",
		helpdesk.Sentence("No such queue"):      "No such queue.",
		helpdesk.Markup("<b> & more\nlines"):    "&lt;b&gt; &amp; more<br>lines",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	text := "HTTP 422: no queue." // as a help desk says it
	cause := errors.New(text)
	for reason, want := range map[string]string{
		"The help desk refuses: no queue.":           "The help desk refuses: no queue: HTTP 422: no queue.",
		"The help desk refuses: HTTP 422: no queue.": "The help desk refuses: HTTP 422: no queue.",
	} {
		if got := (&helpdesk.Error{Reason: reason, Err: cause}).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !helpdesk.Older("9", "10") || helpdesk.Older("10", "9") || helpdesk.Older("9", "9") {
		t.Error("9 is older than 10")
	}
	if err := helpdesk.CannotLookUp("No field."); !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Error(err)
	}
}
