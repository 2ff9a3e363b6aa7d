package notices

import (
	"testing"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/settings"
)

func TestBoard(t *testing.T) {
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	b := New(texts)
	b.Warn("a", "title", "one")
	b.Warn("a", "title", "two")
	b.Keep("b", "title", "")
	if c := b.Cards(); len(c) != 2 || c[0].Text != "two" || !c[1].Sticky {
		t.Errorf("cards %+v", c)
	}
	b.Drop("a", "b", "c")
	b.Test(settings.Effective{}, settings.KeyIncoming, settings.KeyAnswer, settings.KeyWarning)
	b.Test(settings.Effective{}, settings.KeyIncoming)
	if len(b.Cards()) != 3 {
		t.Errorf("test popups %+v", b.Cards())
	}
	b.EndTest()
	for _, c := range b.Cards() {
		if c.Done {
			t.Errorf("%s is over at once", c.ID)
		}
		b.PressTest(c.ID)
		if c.Kind != model.Warn && !IsTest(c.ID) {
			t.Errorf("%s is not recognized as a test", c.ID)
		}
	}
	if c := b.Cards()[len(b.Cards())-1]; c.Press.State != model.Failed || c.Press.Reason == "" {
		t.Errorf("after OK %+v", c)
	}
	if !b.Forget(b.Cards()[0].ID) || b.Forget("none") {
		t.Error("Forget returns the wrong result")
	}
}
