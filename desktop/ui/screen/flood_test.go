package screen_test

import (
	"fmt"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/popup"
	"traybell/desktop/ui/screen"
)

// TestFloodIsPaintedByTheFrame lets thousands of phones ring within a second, each told by itself:
// no more is painted than can be seen, once a frame.
func TestFloodIsPaintedByTheFrame(t *testing.T) {
	calls, each := 2000, 500*time.Microsecond
	if racing { // painting is fifty times slower then
		calls, each = 200, time.Millisecond
	}
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		var cards []model.Card
		for i := range calls {
			c := ringing(i)
			c.Call.Display = fmt.Sprintf("+7 912 345-%04d", i)
			cards = append(cards, c)
			if len(cards) > 500 { // as many as the model knows at once
				cards = append(cards[:0:0], cards[1:]...)
			}
			p.SetCards(cards)
			pass(each)
		}
		pass(time.Second)
		paints := 0
		d.mu.Lock()
		for _, w := range d.windows {
			paints += w.paints
		}
		d.mu.Unlock()
		frames := int(time.Duration(calls)*each/popup.Frame) + 2
		if most := frames * (popup.Limit + 1); paints > most {
			t.Errorf("%d pictures for %d calls in %d frames, at most %d can be seen", paints, calls, frames, most)
		}
		if up := d.up(); len(up) != 5 { // four cards of these have room, and the line that counts
			t.Errorf("on the screen: %s", d)
		}
		t.Logf("%d calls in %v: %d pictures painted", calls, time.Duration(calls)*each, paints)
	})
}
