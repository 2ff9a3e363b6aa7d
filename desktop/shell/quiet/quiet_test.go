package quiet

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// kept is preferences without a file.
type kept struct{ own settings.Own }

func (k *kept) Own() settings.Own                 { return k.own }
func (k *kept) Update(change func(*settings.Own)) { change(&k.own) }

func TestFilter(t *testing.T) {
	var told []protocol.ShownCall
	var forgotten []string
	prefs := &kept{}
	q := New(Config{
		Preferences: prefs, Tell: func(s protocol.ShownCall) { told = append(told, s) },
		Forget: func(card string) { forgotten = append(forgotten, card) }, Changed: func(bool) {},
	})
	cards := []model.Card{
		{ID: "call", Kind: model.Incoming, Call: protocol.Call{ID: "call"}, Since: time.Now()},
		{ID: "missed", Kind: model.Warn, Title: model.TitleMissed},
		{ID: "message", Kind: model.Warn, Title: model.TitleMessage},
		{ID: "hub", Kind: model.Warn, Title: model.TitleHubAway},
	}
	on := settings.Own{}.Over(settings.Default(), "")
	shown := func() (ids []string) {
		for _, c := range q.Filter(cards, on) {
			ids = append(ids, c.ID)
		}
		return ids
	}
	if got := shown(); len(got) != 4 || told != nil {
		t.Errorf("shown %q, told %+v", got, told)
	}
	q.Set(settings.QuietAlways)
	shown()
	if got := shown(); !slices.Equal(got, []string{"hub"}) || !slices.Contains(forgotten, "missed") {
		t.Errorf("in do-not-disturb shown %q, forgotten %q", got, forgotten)
	}
	if want := (protocol.ShownCall{Call: "call", Hidden: protocol.HiddenQuiet}); !slices.Equal(told,
		[]protocol.ShownCall{want}) {
		t.Errorf("told %+v", told)
	}
	q.Set(settings.QuietOff)
	told = nil
	no := false
	on = settings.Own{Incoming: settings.Kind{Enabled: &no}}.Over(settings.Default(), "")
	shown()
	shown()
	if len(told) != 1 || told[0].Hidden != protocol.HiddenOff {
		t.Errorf("with popups off told %+v", told)
	}
}

func TestEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changed := make(chan bool, 2)
		q := New(Config{
			Preferences: &kept{}, Post: func(f func()) { f() }, Changed: func(on bool) { changed <- on },
		})
		begun := time.Now()
		q.Set(settings.QuietHalfHour)
		if on := <-changed; !on || !q.Holds() {
			t.Error("it does not begin")
		}
		if on := <-changed; on || time.Since(begun) < 30*time.Minute || time.Since(begun) > 30*time.Minute+tick {
			t.Errorf("it ends after %s", time.Since(begun))
		}
	})
}
