package colleagues

import (
	"slices"
	"strings"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/ui/control"
	"traybell/desktop/ui/wording"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// List is a list of colleagues and what they do, free ones first.
type List struct {
	texts   *translations.Texts
	now     func() time.Time
	changed func() // the choice, or the one who is chosen

	all, shown []protocol.Colleague
	words      []string // that those who are shown have
	chosen     string   // login
	known      bool     // Show was called

	list    *widget.List
	status  *widget.Label
	content fyne.CanvasObject
}

// NewList creates a list without a choice.
func NewList(texts *translations.Texts, changed func()) *List {
	l := &List{texts: texts, now: time.Now, changed: changed}
	l.status = control.Wrapped(texts.Say("colleagues.loading"))
	l.status.Alignment = fyne.TextAlignCenter
	l.list = widget.NewList(
		func() int { return len(l.shown) },
		func() fyne.CanvasObject { return control.NewRow() },
		func(i widget.ListItemID, of fyne.CanvasObject) {
			if r, ok := of.(*control.Row); ok && i < len(l.shown) {
				fill(r, l.texts, l.shown[i], l.now())
			}
		})
	l.list.OnSelected = func(i widget.ListItemID) {
		if i < len(l.shown) {
			l.chosen = l.shown[i].Login
			l.changed()
		}
	}
	l.content = container.NewStack(l.list, container.NewCenter(container.New(control.Narrow(280), l.status)))
	return l
}

// Content returns the list.
func (l *List) Content() fyne.CanvasObject { return l.content }

// Show replaces the colleagues. failure is why they are not known.
func (l *List) Show(all []protocol.Colleague, failure string) {
	l.all, l.known = all, true
	l.refresh()
	if failure != "" {
		l.status.SetText(failure)
	}
}

// Filter shows only those who have all words of a text in name, teams or extensions.
func (l *List) Filter(text string) {
	l.words = strings.Fields(strings.ToLower(text))
	l.refresh()
}

// Chosen returns the chosen colleague; false if there is none.
func (l *List) Chosen() (c protocol.Colleague, ok bool) {
	i := slices.IndexFunc(l.shown, func(c protocol.Colleague) bool { return c.Login == l.chosen })
	if i < 0 {
		return c, false
	}
	return l.shown[i], true
}

// refresh shows those who fit, and keeps the choice and the place.
func (l *List) refresh() {
	l.shown = l.shown[:0]
	for _, c := range l.all {
		text := strings.ToLower(strings.Join(slices.Concat([]string{c.Name, c.Login}, c.Teams, c.Extensions), " "))
		if !slices.ContainsFunc(l.words, func(w string) bool { return !strings.Contains(text, w) }) {
			l.shown = append(l.shown, c)
		}
	}
	slices.SortStableFunc(l.shown, func(a, b protocol.Colleague) int { return order(a) - order(b) })
	if l.known {
		l.status.SetText("")
		if len(l.shown) == 0 {
			l.status.SetText(l.texts.Say("colleagues.none"))
		}
	}
	l.list.Refresh()
	if at := slices.IndexFunc(l.shown, func(c protocol.Colleague) bool { return c.Login == l.chosen }); at >= 0 {
		was := l.list.GetScrollOffset()
		l.list.Select(at)
		l.list.ScrollToOffset(was)
	} else {
		l.chosen = ""
		l.list.UnselectAll()
	}
	l.changed()
}

// order is the place of a colleague in the list: who can be called first.
func order(c protocol.Colleague) int {
	reachable := c.Phone != protocol.PhoneSilent && c.Phone != protocol.PhoneUnavailable
	switch c.State {
	case protocol.AgentWaiting, protocol.AgentIdle:
		if reachable {
			return 0
		}
	case protocol.AgentOff:
		if c.Phone != protocol.PhoneFree {
			return 3
		}
		return 1
	}
	return 2
}

// states are the words for the states.
var states = map[protocol.AgentState]string{
	protocol.AgentOff: "colleagues.off", protocol.AgentWaiting: "colleagues.waiting",
	protocol.AgentPause: "colleagues.pause", protocol.AgentWrapUp: "colleagues.wrap_up",
	protocol.AgentRinging: "colleagues.ringing", protocol.AgentCalling: "colleagues.calling",
	protocol.AgentTalking: "colleagues.talking", protocol.AgentHold: "colleagues.hold",
	protocol.AgentIdle: "colleagues.idle", protocol.AgentTask: "colleagues.task",
}

// phones are the words for the phones of those who have no call.
var phones = map[protocol.PhoneState]string{
	protocol.PhoneFree: "colleagues.phone_free", protocol.PhoneSilent: "colleagues.phone_silent",
	protocol.PhoneUnavailable: "colleagues.phone_unavailable",
}

func fill(r *control.Row, texts *translations.Texts, c protocol.Colleague, now time.Time) {
	color, icon := theme.ColorNamePlaceHolder, theme.RadioButtonIcon()
	switch {
	case order(c) == 0:
		color, icon = theme.ColorNameSuccess, theme.ConfirmIcon()
	case c.State.OnPhone():
		color, icon = theme.ColorNameError, control.Handset()
	case c.State != protocol.AgentOff:
		color, icon = theme.ColorNameWarning, theme.MediaPauseIcon()
	}
	r.Icon.SetResource(theme.NewColoredResource(icon, color))
	r.Name.SetText(c.Name)
	var about []string
	if key, known := states[c.State]; known { // others are of a later hub
		about = append(about, texts.Say(key))
		if !c.Since.IsZero() && c.State != protocol.AgentOff {
			about[0] += ", " + wording.When(texts, c.Since, now)
		}
	}
	if key := phones[c.Phone]; key != "" && (c.Phone != protocol.PhoneFree || c.State == protocol.AgentOff) {
		about = append(about, texts.Say(key))
	}
	if len(c.Teams) > 0 {
		about = append(about, strings.Join(c.Teams, ", "))
	}
	r.About.SetText(strings.Join(about, " · "))
	r.Number.SetText(strings.Join(c.Extensions, ", "))
}
