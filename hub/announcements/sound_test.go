package announcements

import (
	"testing"

	"traybell/hub/fail"
)

func TestUploadsAtOnceAreBounded(t *testing.T) {
	s := New(t.Context(), Rules{}, Options{})
	var last func()
	for range uploadsAtOnce {
		done, err := s.Receive()
		if err != nil {
			t.Fatal(err)
		}
		last = done
	}
	if _, err := s.Receive(); err == nil || fail.Of(err).Code != fail.Busy {
		t.Errorf("one more: %v", err)
	}
	last()
	if _, err := s.Receive(); err != nil {
		t.Errorf("after one is done: %v", err)
	}
}
