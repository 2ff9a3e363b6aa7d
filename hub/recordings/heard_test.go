package recordings

import (
	"fmt"
	"testing"
	"time"
)

func TestWhatIsRememberedOfListeningIsBounded(t *testing.T) {
	var h heard
	now := time.Unix(1_800_000_000, 0)
	for n := range 3 * mostHeard {
		now = now.Add(time.Millisecond)
		if !h.first(now, "anna", fmt.Sprint(n)) {
			t.Fatalf("%d was not heard yet", n)
		}
	}
	if len(h.at) > mostHeard {
		t.Errorf("%d are remembered", len(h.at))
	}
	last := fmt.Sprint(3*mostHeard - 1)
	if h.first(now.Add(oneListening-time.Second), "anna", last) {
		t.Error("the last one is forgotten")
	}
	if !h.first(now.Add(oneListening), "anna", last) {
		t.Error("a later listening is not written")
	}
	if h.first(now, "a", "b"); !h.first(now, "a\nb") {
		t.Error("two keys are the same")
	}
}
