package ui

// Submenu is an entry of the tray's menu with entries below it, such as what the agent does and may
// change to.
type Submenu struct {
	Title string
	Items []SubmenuItem
}

// SubmenuItem is something that the agent may do. Do is called on a goroutine of the tray.
type SubmenuItem struct {
	Title   string
	Checked bool
	Do      func()
}

// submenu is a Submenu of the tray. It is hidden while there is none.
type submenu struct {
	top   MenuItem
	slots int             // entries of it
	now   func() *Submenu // nil: none
}

// addSubmenu adds the entry that has a submenu below it. none is the text of its title without one.
func (t *Tray) addSubmenu(none string, now func() *Submenu) {
	title := func() string {
		if now() == nil {
			return t.texts.Say(none)
		}
		return now().Title
	}
	s := &submenu{top: t.add(t.icon.AddItem, title, nil, nil), now: now}
	t.items[len(t.items)-1].shown = func() bool { return now() != nil }
	s.top.SetVisible(now() != nil) // at once: update follows at the end
	t.subs = append(t.subs, s)
}

// item is an entry; the zero value: there are fewer.
func (s *submenu) item(i int) SubmenuItem {
	if s.now() == nil || i >= len(s.now().Items) {
		return SubmenuItem{}
	}
	return s.now().Items[i]
}

// growSubmenus adds the entries that are missing. Those that are not needed are hidden: trays cannot
// remove entries.
func (t *Tray) growSubmenus() {
	for _, s := range t.subs {
		for s.now() != nil && s.slots < len(s.now().Items) {
			i := s.slots
			s.slots++
			t.add(s.top.AddItem, func() string { return s.item(i).Title }, func() bool { return s.item(i).Checked },
				func() {
					t.mu.Lock()
					do := s.item(i).Do
					t.mu.Unlock()
					if do != nil {
						do()
					}
				})
			t.items[len(t.items)-1].shown = func() bool { return s.item(i).Do != nil }
		}
	}
}
