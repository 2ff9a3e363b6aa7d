package ui

import (
	"testing"
	"time"

	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// A hidden number cannot be copied. With the right it can be shown, and is copied then.
func TestHiddenNumberInCalls(t *testing.T) {
	test.NewTempApp(t)
	copied, asked := "", ""
	c := NewCalls(uitest.English(t), CallsActions{
		Ask: func(string, bool) {}, Caller: func(string) {}, CallBack: func(string) {},
		Copy: func(text string) { copied = text }, Show: func(call string) { asked = call },
	}, func(time.Duration, func()) {})
	test.NewTempWindow(t, c.Content())
	button := func(key string) *widget.Button {
		for _, o := range c.bar.Objects {
			if b, ok := o.(*widget.Button); ok && b.Text == c.texts.Say(key) {
				return b
			}
		}
		return nil
	}
	call := protocol.Call{
		ID: "main:1", State: protocol.Ended, Number: protocol.Alias + "a", Display: protocol.HiddenNumber, Hidden: true,
	}
	show := func(list CallList) {
		list.MayDial = true
		c.Show(list)
		c.list.UnselectAll()
		c.list.Select(0)
	}
	show(CallList{Calls: []protocol.Call{call}})
	if button("calls.copy") != nil || button("card.show_number") != nil || button("calls.call") == nil {
		t.Error("without the right: the number is copied or shown, or cannot be called")
	}
	show(CallList{Calls: []protocol.Call{call}, MayShow: true})
	if b := button("card.show_number"); b == nil || button("calls.copy") != nil {
		t.Fatal("with the right: the number cannot be shown, or is copied")
	} else if b.OnTapped(); asked != call.ID {
		t.Errorf("asks for %q", asked)
	}
	call.Hidden, call.Display = false, "8 (495) 123-45-67"
	show(CallList{Calls: []protocol.Call{call}, MayShow: true})
	if b := button("calls.copy"); b == nil {
		t.Fatal("the number that was shown cannot be copied")
	} else if b.OnTapped(); copied != call.Display {
		t.Errorf("copies %q", copied)
	}
}
