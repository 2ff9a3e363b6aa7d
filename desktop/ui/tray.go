package ui

import (
	"strconv"
	"sync"
	"time"

	"traybell/assets/icons"
	"traybell/assets/translations"
	"traybell/desktop/settings"
)

// MenuItem is an entry of the tray's menu.
type MenuItem interface {
	SetTitle(title string)
	SetChecked(on bool)
	AddItem(title string) MenuItem // into a menu of its own
	Pressed() <-chan struct{}
}

// Icon is the system's tray as the program needs it: systray's on a desktop, a fake in tests.
type Icon interface {
	SetIcon(picture []byte)
	SetTooltip(text string)
	AddItem(title string) MenuItem
	AddSeparator()
}

// Commands are what the tray's menu does. They are called on a goroutine of the tray's.
type Commands struct {
	Calls, Settings, Test, Reset, About, Exit func()
	Quiet                                     func(settings.QuietFor)
}

// State is what the tray tells: a picture and a sentence.
type State struct {
	Picture icons.State
	Tooltip string
	Missed  int // calls that were missed since the agent last looked
	Quiet   settings.Quiet
}

// Tray is the icon, its state and its menu, which reaches everything that the program does. Its
// methods may be called by any goroutine; the system's tray is only touched when something differs,
// as some flicker or close their menu each time.
type Tray struct {
	texts *translations.Texts
	now   func() time.Time

	mu    sync.Mutex
	icon  Icon
	items []titled
	state State
	shown map[string]string // what the system was told last, by what it is
}

// titled is an entry and how its title is written.
type titled struct {
	item  MenuItem
	title func() string
	check func() bool // nil where there is nothing to check
}

// NewTray has no icon yet; what is told before Attach is shown then.
func NewTray(texts *translations.Texts) *Tray {
	return &Tray{texts: texts, now: time.Now, state: State{Picture: icons.NoConnection}, shown: map[string]string{}}
}

// Attach gives it its icon, once the system has made one, and builds the menu.
func (t *Tray) Attach(icon Icon, do Commands) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.icon = icon
	t.add(icon.AddItem, t.callsTitle, nil, do.Calls)
	quiet := t.add(icon.AddItem, func() string { return t.texts.Say("tray.quiet") }, t.quiet, nil)
	for _, c := range settings.QuietChoices() {
		t.add(quiet.AddItem, func() string { return QuietName(t.texts, c) }, nil, func() { do.Quiet(c) })
	}
	t.named("tray.settings", do.Settings)
	t.named("tray.test", do.Test)
	t.named("tray.reset", do.Reset)
	t.named("tray.about", do.About)
	icon.AddSeparator()
	t.named("tray.exit", do.Exit)
	t.tell()
}

func (t *Tray) named(key string, do func()) {
	t.add(t.icon.AddItem, func() string { return t.texts.Say(key) }, nil, do)
}

func (t *Tray) add(into func(string) MenuItem, title func() string, check func() bool, do func()) MenuItem {
	item := into(title())
	t.items = append(t.items, titled{item, title, check})
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

func (t *Tray) quiet() bool { return t.state.Quiet.Holds(t.now()) }

// tooltip is the state's sentence, and what the marks mean.
func (t *Tray) tooltip() string {
	text := t.state.Tooltip
	if t.state.Missed > 0 {
		text += "\n" + t.texts.Count("state.missed", t.state.Missed)
	}
	if t.quiet() {
		text += "\n" + QuietUntil(t.texts, t.state.Quiet, t.now())
	}
	return text
}

// tell brings the system's tray up to date.
func (t *Tray) tell() {
	if t.icon == nil {
		return
	}
	differs := func(what, now string) bool {
		if was, told := t.shown[what]; told && was == now {
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
	for i, e := range t.items {
		if title := e.title(); differs(t.key(i), title) {
			e.item.SetTitle(title)
		}
		if e.check != nil && differs(t.key(i)+" checked", strconv.FormatBool(e.check())) {
			e.item.SetChecked(e.check())
		}
	}
}

// Show tells a state.
func (t *Tray) Show(s State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state = s
	t.tell()
}

// Shown is the state that was told last.
func (t *Tray) Shown() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// Translate writes the menu anew, after the language has changed.
func (t *Tray) Translate() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tell()
}
