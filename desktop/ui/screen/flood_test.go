package screen_test

import (
	"fmt"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/popup"
	"traybell/desktop/ui/screen"
)

// TestFloodIsPaintedOncePerFrame rings thousands of phones within a second, each set separately.
// Not more than the visible cards may be painted per frame.
func TestFloodIsPaintedOncePerFrame(t *testing.T) {
	calls, each := 2000, 500*time.Microsecond
	if racing { // painting is fifty times slower then
		calls, each = 200, time.Millisecond
	}
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		var cards []model.Card
		for i := range calls {
			c := ringing(i)
			c.Call.Display = fmt.Sprintf("+7 912 345-%04d", i)
			cards = append(cards, c)
			if len(cards) > 500 { // the model's limit
				cards = append(cards[:0:0], cards[1:]...)
			}
			p.SetCards(cards)
			wait(each)
		}
		wait(time.Second)
		paints := 0
		d.mu.Lock()
		for _, w := range d.windows {
			paints += w.paints
		}
		d.mu.Unlock()
		frames := int(time.Duration(calls)*each/popup.Frame) + 2
		if most := frames * (popup.Limit + 1); paints > most {
			t.Errorf("%d pictures for %d calls in %d frames, at most %d are visible", paints, calls, frames, most)
		}
		if up := d.up(); len(up) != popup.Limit+1 { // with the line that counts the others
			t.Errorf("on the screen: %s", d)
		}
		t.Logf("%d calls in %v: %d pictures painted", calls, time.Duration(calls)*each, paints)
	})
}
