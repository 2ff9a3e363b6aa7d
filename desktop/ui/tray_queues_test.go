package ui

import (
	"testing"

	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"
)

func TestQueuesInTheMenu(t *testing.T) {
	icon := &fakeIcon{items: map[string]*fakeItem{}}
	tray := NewTray(uitest.English(t))
	did := make(chan string)
	tray.Attach(icon, Commands{Queue: func(pbx, name string, do protocol.QueueControl) {
		did <- pbx + " " + name + " " + string(do)
	}})
	if !icon.items["Queues"].hidden {
		t.Error("without queues there is a menu of them")
	}
	q := QueueItem{
		PBX: "main", Name: "500", Title: "Support: 2 waiting", Waiting: 2,
		Can: []protocol.QueueControl{protocol.QueueJoins}, Members: []string{"Boris: free"},
	}
	tray.Show(State{Queues: []QueueItem{q}})
	top, slot := icon.items["Queues"], icon.items["Support: 2 waiting"]
	if top.hidden || top.title != "Queues (2 waiting)" || slot == nil || slot.checked || icon.items["Join"].hidden ||
		!icon.items["Leave"].hidden || icon.items["Boris: free"].hidden {
		t.Fatalf("%+v %+v", top, slot)
	}
	icon.items["Join"].pressed <- struct{}{}
	if got := <-did; got != "main 500 join" {
		t.Errorf("a press does %q", got)
	}
	q.In, q.Can, q.Title, q.Waiting = true, []protocol.QueueControl{protocol.QueueLeaves}, "Support: no one waits", 0
	q.Members = nil
	tray.Show(State{Queues: []QueueItem{q}})
	if !slot.checked || slot.title != "Support: no one waits" || !icon.items["Join"].hidden ||
		icon.items["Leave"].hidden || !icon.items["Boris: free"].hidden || top.title != "Queues" {
		t.Errorf("after joining: %+v %+v", top, slot)
	}
	tray.Show(State{})
	if !top.hidden || !slot.hidden {
		t.Error("the queues stay in the menu")
	}
}

func TestMobileInTheMenu(t *testing.T) {
	icon := &fakeIcon{items: map[string]*fakeItem{}}
	tray := NewTray(uitest.English(t))
	tray.Show(State{Mobile: MobileItem{Shown: true, Title: "On my mobile"}})
	pressed := make(chan struct{})
	tray.Attach(icon, Commands{Mobile: func() { pressed <- struct{}{} }})
	item := icon.items["On my mobile"]
	if item == nil || item.hidden || item.checked {
		t.Fatalf("%+v", item)
	}
	item.pressed <- struct{}{}
	<-pressed
	tray.Show(State{Mobile: MobileItem{Shown: true, On: true, Title: "On my mobile, until 20:00"}})
	if item.hidden || !item.checked || item.title != "On my mobile, until 20:00" {
		t.Errorf("on: %+v", item)
	}
	tray.Show(State{})
	if !item.hidden {
		t.Error("it stays in the menu without a mobile")
	}
}
