package ui

import (
	"slices"

	"traybell/shared/protocol"
)

// QueueItem is a queue in the tray's menu.
type QueueItem struct {
	PBX, Name string
	Title     string
	In        bool // the agent takes its calls
	Waiting   int
	Can       []protocol.QueueControl
	Members   []string // who takes the calls, and how
}

// queueControls are the entries below a queue, in their order.
var queueControls = []struct {
	does  protocol.QueueControl
	words string
}{
	{protocol.QueueJoins, "queue.join"},
	{protocol.QueueLeaves, "queue.leave"},
	{protocol.QueuePauses, "queue.pause"},
	{protocol.QueueResumes, "queue.resume"},
}

// queueMenu is the menu of queues. Entries of the system's menu cannot be removed: they are hidden and
// used again.
type queueMenu struct {
	top     MenuItem
	do      func(pbx, name string, do protocol.QueueControl)
	slots   []MenuItem // by the place of the queue
	members []int      // entries for members, by the place of the queue
}

// addQueues adds the entry that has the queues below it.
func (t *Tray) addQueues(do func(pbx, name string, do protocol.QueueControl)) {
	t.queues.do = do
	t.queues.top = t.add(t.icon.AddItem, t.queuesTitle, nil, nil)
	t.items[len(t.items)-1].shown = func() bool { return len(t.state.Queues) > 0 }
}

func (t *Tray) queuesTitle() string {
	waiting := 0
	for _, q := range t.state.Queues {
		waiting += q.Waiting
	}
	if waiting == 0 {
		return t.texts.Say("tray.queues")
	}
	return t.texts.SayWith("tray.queues_waiting", map[string]any{"Waiting": waiting})
}

// growQueues adds the entries that are missing.
func (t *Tray) growQueues() {
	if t.queues.top == nil {
		return
	}
	for i := len(t.queues.slots); i < len(t.state.Queues); i++ {
		slot := t.add(t.queues.top.AddItem, func() string { return t.queueAt(i).Title },
			func() bool { return t.queueAt(i).In }, nil)
		t.items[len(t.items)-1].shown = func() bool { return i < len(t.state.Queues) }
		t.queues.slots, t.queues.members = append(t.queues.slots, slot), append(t.queues.members, 0)
		for _, control := range queueControls {
			t.add(slot.AddItem, func() string { return t.texts.Say(control.words) }, nil, func() {
				t.mu.Lock()
				q := t.queueAt(i)
				t.mu.Unlock()
				if q.Name != "" {
					t.queues.do(q.PBX, q.Name, control.does)
				}
			})
			t.items[len(t.items)-1].shown = func() bool { return slices.Contains(t.queueAt(i).Can, control.does) }
		}
	}
	for i, q := range t.state.Queues {
		for n := t.queues.members[i]; n < len(q.Members); n++ {
			t.add(t.queues.slots[i].AddItem, func() string {
				if list := t.queueAt(i).Members; n < len(list) {
					return list[n]
				}
				return ""
			}, nil, nil)
			t.items[len(t.items)-1].shown = func() bool { return n < len(t.queueAt(i).Members) }
			t.queues.members[i]++
		}
	}
}

// MobileItem is whether the agent takes calls on a mobile.
type MobileItem struct {
	Shown bool // false: the agent has none
	On    bool
	Title string
}

func (t *Tray) addMobile(do func()) {
	t.add(t.icon.AddItem, func() string { return t.state.Mobile.Title }, func() bool { return t.state.Mobile.On }, do).
		SetVisible(t.state.Mobile.Shown) // at once: update follows at the end
	t.items[len(t.items)-1].shown = func() bool { return t.state.Mobile.Shown }
}

func (t *Tray) queueAt(i int) QueueItem {
	if i < len(t.state.Queues) {
		return t.state.Queues[i]
	}
	return QueueItem{}
}
