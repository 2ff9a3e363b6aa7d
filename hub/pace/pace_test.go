package pace

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// client takes parts of an answer, each after a time.
type client struct {
	*httptest.ResponseRecorder
	each time.Duration
	late time.Time
}

func (c *client) SetWriteDeadline(t time.Time) error {
	c.late = t
	return nil
}

func (c *client) Write(p []byte) (int, error) {
	if time.Now().Add(c.each).After(c.late) {
		time.Sleep(time.Until(c.late))
		return 0, os.ErrDeadlineExceeded
	}
	time.Sleep(c.each)
	return c.ResponseRecorder.Write(p)
}

func TestAnAnswerEndsWhenItsClientDoesNotReadOn(t *testing.T) {
	const part, parts = 32 << 10, 1000
	for name, c := range map[string]struct {
		each        time.Duration // for a part
		whole       bool
		least, most time.Duration // that the download lasts
	}{
		"fast":           {time.Millisecond, true, 0, time.Hour},
		"a slow line":    {1900 * time.Millisecond, true, 30 * time.Minute, time.Hour},
		"too slow":       {3 * time.Second, false, silence, 2 * time.Minute},
		"hardly at all":  {29 * time.Second, false, silence, 2 * silence},
		"stands still":   {time.Hour, false, silence, 2 * silence},
		"at the minimum": {part * time.Second / time.Duration(OfDownloads), true, 0, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				to := &client{ResponseRecorder: httptest.NewRecorder(), each: c.each}
				w := NewWriter(to, OfDownloads)
				var err error
				for n := 0; n < parts && err == nil; n++ {
					_, err = w.Write(make([]byte, part))
				}
				if whole := err == nil; whole != c.whole || !whole && !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%v", err)
				}
				if lasted := time.Since(began); lasted < c.least || lasted > c.most {
					t.Errorf("it lasted %s", lasted)
				}
			})
		})
	}
}

func TestOneAddressLeavesPlacesToOthers(t *testing.T) {
	var p Places
	var gives []func()
	for n := range 100 {
		give, ok := p.Take("192.0.2.1")
		if ok != (n < perSite) {
			t.Fatalf("place %d: %v", n, ok)
		}
		if ok {
			gives = append(gives, give)
		}
	}
	for n := range atOnce {
		give, ok := p.Take(fmt.Sprint("192.0.2.", n+2))
		if ok != (n < atOnce-perSite) {
			t.Fatalf("another address, place %d: %v", n, ok)
		}
		if ok {
			gives = append(gives, give)
		}
	}
	for _, give := range gives {
		give()
	}
	if p.all != 0 || len(p.sites) != 0 {
		t.Errorf("left: %+v", p.sites)
	}
	if _, ok := p.Take("192.0.2.1"); !ok {
		t.Error("no place after all were given back")
	}
}
