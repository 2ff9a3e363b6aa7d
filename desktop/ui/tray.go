package ui

import (
	"strconv"
	"sync"
	"time"

	"traybell/assets/icons"
	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/desktop/ui/wording"
	"traybell/shared/protocol"
)

// MenuItem is an entry of the tray's menu.
type MenuItem interface {
	SetTitle(title string)
	SetChecked(on bool)
	SetVisible(on bool)
	AddItem(title string) MenuItem // into a submenu
	Pressed() <-chan struct{}
}

// Icon is the system's tray. Tests use a fake.
type Icon interface {
	SetIcon(picture []byte)
	SetTooltip(text string)
	AddItem(title string) MenuItem
	AddSeparator()
}

// Commands are the commands of the menu. They are called on goroutines of the tray.
type Commands struct {
	Calls, Dial, Colleagues, Settings, Test, Reset, About, Update, Exit func()
	Quiet                                                               func(settings.QuietFor)
	Queue                                                               func(pbx, name string, do protocol.QueueControl)
	Mobile                                                              func()
}

// State is the state of the tray.
type State struct {
	Picture icons.State
	Tooltip string
	Missed  int // missed calls since the agent last looked
	Quiet   settings.Quiet
	Newer   Newer
	Queues  []QueueItem
	Mobile  MobileItem
	Duty    *Submenu // nil: the hub has no agent states

	Announcement *Submenu // nil: the agent has no recorded announcement
}

// Newer is a newer version of the program that the hub hands out.
type Newer struct {
	Version string // without v; empty: none
	Install bool   // a press installs it; otherwise it opens the hub's page
	Busy    bool   // it is being installed
}

// Tray is the tray icon with its state and menu. It is safe for concurrent use. The system's tray
// is only updated on changes, as some trays flicker or close their menu.
type Tray struct {
	texts *translations.Texts
	now   func() time.Time

	mu     sync.Mutex
	icon   Icon
	items  []menuEntry
	queues queueMenu
	subs   []*submenu
	state  State
	shown  map[string]string // last values passed to the system, by name
}

// menuEntry is a menu entry and its title.
type menuEntry struct {
	item  MenuItem
	title func() string
	check func() bool // may be nil
	shown func() bool // nil: always
}

// NewTray creates a tray without an icon. Attach shows the state set before.
func NewTray(texts *translations.Texts) *Tray {
	return &Tray{texts: texts, now: time.Now, state: State{Picture: icons.NoConnection}, shown: map[string]string{}}
}

// Attach sets the icon, when the system has created it, and builds the menu.
func (t *Tray) Attach(icon Icon, do Commands) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.icon = icon
	t.add(icon.AddItem, t.newerTitle, nil, do.Update)
	t.items[0].shown = func() bool { return t.state.Newer.Version != "" }
	t.addSubmenu("duty.state.off", func() *Submenu { return t.state.Duty })
	t.add(icon.AddItem, t.callsTitle, nil, do.Calls)
	t.named("tray.dial", do.Dial)
	t.named("tray.colleagues", do.Colleagues)
	t.addQueues(do.Queue)
	t.addSubmenu("announcement.title", func() *Submenu { return t.state.Announcement })
	t.addMobile(do.Mobile)
	quiet := t.add(icon.AddItem, func() string { return t.texts.Say("tray.quiet") }, t.quiet, nil)
	for _, c := range settings.QuietChoices() {
		t.add(quiet.AddItem, func() string { return wording.QuietName(t.texts, c) }, nil, func() { do.Quiet(c) })
	}
	t.named("tray.settings", do.Settings)
	t.named("tray.test", do.Test)
	t.named("tray.reset", do.Reset)
	t.named("tray.about", do.About)
	icon.AddSeparator()
	t.named("tray.exit", do.Exit)
	t.update()
}

func (t *Tray) named(key string, do func()) {
	t.add(t.icon.AddItem, func() string { return t.texts.Say(key) }, nil, do)
}

func (t *Tray) add(into func(string) MenuItem, title func() string, check func() bool, do func()) MenuItem {
	item := into(title())
	t.items = append(t.items, menuEntry{item: item, title: title, check: check})
	t.shown[t.key(len(t.items)-1)] = title()
	if do != nil {
		go func() {
			for range item.Pressed() {
				do()
			}
		}()
	}
	return item
}

func (t *Tray) key(i int) string { return "item " + strconv.Itoa(i) }

func (t *Tray) callsTitle() string {
	if t.state.Missed == 0 {
		return t.texts.Say("tray.calls")
	}
	return t.texts.SayWith("tray.calls_missed", map[string]any{"Missed": t.state.Missed})
}

func (t *Tray) newerTitle() string {
	key := "tray.newer"
	switch n := t.state.Newer; {
	case n.Busy:
		key = "tray.installing"
	case n.Install:
		key = "tray.install"
	}
	return t.texts.SayWith(key, map[string]any{"Version": t.state.Newer.Version})
}

func (t *Tray) quiet() bool { return t.state.Quiet.Active(t.now()) }

// tooltip is the state's text and the meaning of its marks.
func (t *Tray) tooltip() string {
	text := t.state.Tooltip
	if t.state.Duty != nil {
		text += "\n" + t.state.Duty.Title
	}
	if t.state.Missed > 0 {
		text += "\n" + t.texts.Count("state.missed", t.state.Missed)
	}
	if t.quiet() {
		text += "\n" + wording.QuietUntil(t.texts, t.state.Quiet, t.now())
	}
	return text
}

// update passes changes to the system's tray.
func (t *Tray) update() {
	if t.icon == nil {
		return
	}
	differs := func(what, now string) bool {
		if was, known := t.shown[what]; known && was == now {
			return false
		}
		t.shown[what] = now
		return true
	}
	look := icons.Look{State: t.state.Picture, Missed: t.state.Missed > 0, Quiet: t.quiet()}
	if differs("picture", look.String()) {
		t.icon.SetIcon(icons.Tray(look))
	}
	if tooltip := t.tooltip(); differs("tooltip", tooltip) {
		t.icon.SetTooltip(tooltip)
	}
	t.growQueues()
	t.growSubmenus()
	for i, e := range t.items {
		if title := e.title(); differs(t.key(i), title) {
			e.item.SetTitle(title)
		}
		if e.shown != nil && differs(t.key(i)+" shown", strconv.FormatBool(e.shown())) {
			e.item.SetVisible(e.shown())
		}
		if e.check != nil && differs(t.key(i)+" checked", strconv.FormatBool(e.check())) {
			e.item.SetChecked(e.check())
		}
	}
}

// Show sets the state.
func (t *Tray) Show(s State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state = s
	t.update()
}

// Shown returns the last state.
func (t *Tray) Shown() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// Translate updates the menu after a change of the language.
func (t *Tray) Translate() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.update()
}
