package ui

import (
	"cmp"
	"strings"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/ui/card"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// CallList is the contents of the call list.
type CallList struct {
	Calls     []protocol.Call   // newest first
	Live      map[string]bool   // IDs of calls for which a ticket can be created
	Told      map[string]string // result of a ticket request, by call ID
	Noted     map[string]Noted  // by call ID; none for calls whose ticket takes no note
	Why       map[string]string // why there was no popup, as far as the agent has asked, by call ID
	Elsewhere map[string]string // who answered instead of this agent, as a phrase, by call ID
	Missed    int               // since the agent last looked
	Login     string            // the agent's
	MayDial   bool              // the agent may call back
	MayShow   bool              // the agent may see hidden numbers
	More      bool              // older calls exist
	Loading   bool
	Failure   string // why earlier calls are not available; a sentence
	Look      card.Look
}

// Noted is the note for the ticket of a call.
type Noted struct {
	model.Note
	Ticket model.PressState
}

// CallsActions are called by the buttons, on Fyne's goroutine. Nil actions are not offered.
type CallsActions struct {
	Ask    func(search string, missed bool) // show matching calls from the newest on
	Older  func()
	Follow func(action, call string)   // missed.claim, missed.release or missed.done
	Ticket func(call, customer string) // customer: login, empty for none
	// keep a text for the call's ticket; add it to the ticket
	Note    func(call, text string)
	AddNote func(call string)
	// call the other side of a call
	CallBack func(call string)
	Open     func(address string)
	Caller   func(call string)
	Copy     func(text string)
	Show     func(call string) // show the hidden number
	Why      func(call string) // ask why there was no popup

	Settings, About, Exit, Close func()
}

// searchDelay is the pause in typing before a search starts.
const searchDelay = 350 * time.Millisecond

// Calls is the window of calls: a list with the actions of the selected call. It also gives access
// to all other windows, for desktops without a tray.
type Calls struct {
	texts *translations.Texts
	do    CallsActions
	now   func() time.Time
	later func(d time.Duration, f func()) // runs f on Fyne's goroutine

	in     CallList
	missed bool
	chosen string
	typed  int  // counts keystrokes: only the last one starts a search
	asked  bool // a new search is running: scroll to the top afterwards

	search *widget.Entry
	filter *widget.RadioGroup // all or missed
	list   *widget.List
	status *widget.Label
	older  *widget.Button
	bar    *fyne.Container
	note   *noteField
	add    *widget.Button // the note to the ticket
	noting *fyne.Container
	why    *widget.Label
	asking *fyne.Container // for why

	content fyne.CanvasObject
}

// NewCalls creates the window's contents. later runs a function on Fyne's goroutine after a delay.
func NewCalls(texts *translations.Texts, do CallsActions, later func(time.Duration, func())) *Calls {
	c := &Calls{texts: texts, do: do, now: time.Now, later: later, bar: container.NewHBox()}
	c.search = widget.NewEntry()
	c.search.SetPlaceHolder(texts.Say("calls.search"))
	c.search.ActionItem = widget.NewIcon(theme.SearchIcon())
	c.search.OnChanged = func(string) {
		c.typed++
		number := c.typed
		later(searchDelay, func() {
			if number == c.typed {
				c.ask()
			}
		})
	}
	c.search.OnSubmitted = func(string) { c.typed++; c.ask() }
	c.filter = widget.NewRadioGroup([]string{texts.Say("calls.all"), c.missedTitle()}, nil)
	c.filter.Horizontal, c.filter.Required = true, true
	c.filter.SetSelected(texts.Say("calls.all"))
	c.filter.OnChanged = func(chosen string) {
		if missed := chosen != texts.Say("calls.all"); missed != c.missed {
			c.missed = missed
			c.ask()
		}
	}
	c.status = control.Wrapped("")
	c.status.Alignment = fyne.TextAlignCenter
	c.older = widget.NewButton(texts.Say("calls.older"), func() { do.Older() })

	c.list = widget.NewList(
		func() int { return len(c.in.Calls) },
		func() fyne.CanvasObject { return newCallRow(texts) },
		func(i widget.ListItemID, row fyne.CanvasObject) {
			if r, ok := row.(*callRow); ok && i < len(c.in.Calls) {
				r.show(c.in.Calls[i], c.now(), c.in.Look, c.in.Elsewhere[c.in.Calls[i].ID])
			}
		})
	c.list.OnSelected = func(i widget.ListItemID) {
		if i < len(c.in.Calls) {
			c.chosen = c.in.Calls[i].ID
			c.actions()
		}
	}
	head := container.NewBorder(nil, nil, c.filter, nil, c.search)
	foot := container.NewHBox()
	for _, b := range []struct {
		key  string
		icon fyne.Resource
		do   func()
	}{
		{"tray.settings", theme.SettingsIcon(), do.Settings},
		{"tray.about", theme.InfoIcon(), do.About},
		{"tray.exit", theme.LogoutIcon(), do.Exit},
	} {
		if b.do != nil {
			b := widget.NewButtonWithIcon(texts.Say(b.key), b.icon, b.do)
			b.Importance = widget.LowImportance
			foot.Add(b)
		}
	}
	foot.Add(layout.NewSpacer())
	foot.Add(widget.NewButton(texts.Say("button.close"), do.Close))
	c.add = widget.NewButtonWithIcon(texts.Say("note.add"), theme.ConfirmIcon(), c.addNote)
	c.note = newNoteField(texts, func(text string) {
		do.Note(c.chosen, text)
		c.offerNote()
	}, c.addNote)
	c.noting = container.NewBorder(nil, nil, nil, container.NewVBox(c.add), c.note.box)
	c.why = control.Wrapped("")
	ask := widget.NewButtonWithIcon(texts.Say("calls.why"), theme.QuestionIcon(), func() { do.Why(c.chosen) })
	c.asking = container.NewBorder(nil, nil, container.NewVBox(ask), nil, c.why)
	below := container.NewVBox(c.older, c.bar, c.asking, c.noting, widget.NewSeparator(), foot)
	middle := container.NewStack(c.list, container.NewCenter(container.New(control.Narrow(360), c.status)))
	content := container.NewBorder(head, below, nil, nil, middle)
	content.Objects = []fyne.CanvasObject{head, middle, below} // tab order
	c.content = content
	c.Show(CallList{Loading: true})
	return c
}

// Resume takes over search, filter and selection of a list that this one replaces.
func (c *Calls) Resume(was *Calls) {
	c.search.Text, c.missed, c.chosen = was.search.Text, was.missed, was.chosen
	if c.missed {
		c.filter.Selected = c.filter.Options[1]
	}
	c.Show(was.in)
	c.list.ScrollToOffset(was.list.GetScrollOffset())
}

// Content returns the window's contents.
func (c *Calls) Content() fyne.CanvasObject { return c.content }

// Focus focuses the search field.
func (c *Calls) Focus(window fyne.Window) { window.Canvas().Focus(c.search) }

func (c *Calls) ask() {
	c.asked = true
	c.do.Ask(c.search.Text, c.missed)
}

// missedTitle includes the number of new missed calls.
func (c *Calls) missedTitle() string {
	if c.in.Missed == 0 {
		return c.texts.Say("calls.only_missed")
	}
	return c.texts.SayWith("calls.only_missed_new", map[string]any{"Missed": c.in.Missed})
}

// updateMissed shows the number of new missed calls.
func (c *Calls) updateMissed() {
	if title := c.missedTitle(); title != c.filter.Options[1] {
		c.filter.Options[1] = title
		if c.missed {
			c.filter.Selected = title
		}
		c.filter.Refresh()
	}
}

// Show updates the list. The selection and the scroll position are kept.
func (c *Calls) Show(in CallList) {
	c.in = in
	c.updateMissed()
	status := in.Failure
	switch {
	case len(in.Calls) > 0:
		status = ""
	case in.Failure == "" && in.Loading:
		status = c.texts.Say("calls.loading")
	case in.Failure == "" && c.search.Text != "":
		status = c.texts.Say("calls.not_found")
	case in.Failure == "":
		status = c.texts.Say("calls.none")
	}
	c.status.SetText(status)
	if in.More {
		c.older.Show()
	} else {
		c.older.Hide()
	}
	if in.Loading {
		c.older.Disable()
	} else {
		c.older.Enable()
	}
	at := -1
	for i, call := range in.Calls {
		if call.ID == c.chosen {
			at = i
		}
	}
	if at < 0 {
		c.chosen = ""
		c.list.UnselectAll()
	} else {
		was := c.list.GetScrollOffset()
		c.list.Select(at) // Select scrolls to the item
		c.list.ScrollToOffset(was)
	}
	if c.asked && !in.Loading {
		c.asked = false
		c.list.ScrollToTop()
	}
	c.list.Refresh()
	c.actions()
}

// call returns the selected call.
func (c *Calls) call() (protocol.Call, bool) {
	for _, call := range c.in.Calls {
		if call.ID == c.chosen {
			return call, true
		}
	}
	return protocol.Call{}, false
}

// actions shows the actions of the selected call.
func (c *Calls) actions() {
	c.bar.RemoveAll()
	c.showNote()
	call, chosen := c.call()
	c.showWhy(call)
	if !chosen {
		hint := control.Caption(c.texts.Say("calls.choose"))
		if len(c.in.Calls) > 0 {
			c.bar.Add(hint)
		}
		c.bar.Refresh()
		return
	}
	add := func(text string, icon fyne.Resource, do func()) { c.bar.Add(widget.NewButtonWithIcon(text, icon, do)) }
	say := c.texts.Say
	if c.in.MayDial && call.State == protocol.Ended && numberOf(call) != "" && !call.Test {
		add(say("calls.call"), control.Handset(), func() { c.do.CallBack(call.ID) })
	}
	if call.Recordings != "" {
		add(say("calls.listen"), theme.MediaPlayIcon(), func() { c.do.Open(call.Recordings) })
	}
	if call.Links.CID != "" {
		add(say("number.cid"), theme.SearchIcon(), func() { c.do.Open(call.Links.CID) })
	}
	if numberOf(call) != "" {
		add(say("calls.caller"), theme.AccountIcon(), func() { c.do.Caller(call.ID) })
	}
	switch number := numberOf(call); {
	case number == "":
	case strings.HasPrefix(number, protocol.Alias): // it was shown, or is hidden
		if call.Hidden && c.in.MayShow {
			add(say("card.show_number"), theme.VisibilityIcon(), func() { c.do.Show(call.ID) })
		} else if !call.Hidden {
			add(say("calls.copy"), theme.ContentCopyIcon(), func() { c.do.Copy(call.Display) })
		}
	default:
		add(say("calls.copy"), theme.ContentCopyIcon(), func() { c.do.Copy(number) })
	}
	c.offerFollowUp(call)
	// Last, so that the other buttons do not move when the call ends or its ticket appears.
	switch {
	case call.Ticket != nil && call.Ticket.URL != "":
		add(c.texts.SayWith("calls.ticket", map[string]any{"Number": call.Ticket.Number}), theme.DocumentIcon(),
			func() {
				c.do.Open(call.Ticket.URL)
			})
	case call.Ticket == nil && c.in.Live[call.ID] && c.do.Ticket != nil:
		c.offerTicket(call)
	case call.Ticket == nil && call.Links.Ticket != "":
		add(say("card.tlink"), theme.DocumentCreateIcon(), func() { c.do.Open(call.Links.Ticket) })
	}
	if told := c.in.Told[call.ID]; told != "" {
		c.bar.Add(control.Caption(told))
	}
	c.bar.Refresh()
}

// showWhy offers to ask why a call to this agent had no popup, and shows the answer.
func (c *Calls) showWhy(call protocol.Call) {
	if c.do.Why == nil || call.ID == "" || call.Direction == protocol.Outgoing {
		c.asking.Hide()
		return
	}
	c.why.SetText(c.in.Why[call.ID])
	c.asking.Show()
}

// offerFollowUp offers to take care of a missed call, unless another agent does.
func (c *Calls) offerFollowUp(call protocol.Call) {
	f := call.FollowUp
	if f == nil || c.do.Follow == nil {
		return
	}
	add := func(key string, icon fyne.Resource, action string) {
		c.bar.Add(widget.NewButtonWithIcon(c.texts.Say(key), icon, func() { c.do.Follow(action, call.ID) }))
	}
	switch {
	case f.State == protocol.FollowUpOpen:
		add("calls.claim", theme.MailReplyIcon(), protocol.MissedClaim)
	case f.State == protocol.FollowUpClaimed && f.Login == c.in.Login && f.Login != "":
		add("calls.release", theme.ContentUndoIcon(), protocol.MissedRelease)
	default:
		return
	}
	add("calls.followed", theme.ConfirmIcon(), protocol.MissedDone)
}

// showNote shows the note of the selected call.
func (c *Calls) showNote() {
	n, ok := c.in.Noted[c.chosen]
	if !ok || c.do.AddNote == nil {
		c.noting.Hide()
		return
	}
	c.note.show(n.Note, n.Ticket)
	c.offerNote()
	c.noting.Show()
}

// offerNote offers to add the note to a ticket that the call already has. For a new ticket it goes
// along with OK.
func (c *Calls) offerNote() {
	n := c.in.Noted[c.chosen]
	if n.Ticket == model.Made {
		c.add.Show()
	} else {
		c.add.Hide()
	}
	if c.note.ready() && n.State != model.NoteSending {
		c.add.Enable()
	} else {
		c.add.Disable()
	}
}

func (c *Calls) addNote() {
	if n := c.in.Noted[c.chosen]; n.Ticket == model.Made && c.note.ready() {
		c.do.AddNote(c.chosen)
	}
}

// offerTicket adds the ticket button. If several customers have the number, the agent chooses one
// of them or none.
func (c *Calls) offerTicket(call protocol.Call) {
	people := call.Caller.Customers
	if len(people) < 2 {
		login := ""
		if len(people) == 1 {
			login = people[0].Login
		}
		b := widget.NewButtonWithIcon(c.texts.Say("card.ok"), theme.ContentAddIcon(), func() {
			c.do.Ticket(call.ID, login)
		})
		b.Importance = widget.HighImportance
		c.bar.Add(b)
		return
	}
	names := make([]string, 0, len(people)+1)
	for _, one := range people {
		name := cmp.Or(one.Name, one.Email, one.Login)
		if one.Company != "" {
			name += " — " + one.Company
		}
		names = append(names, name)
	}
	filter := widget.NewSelect(append(names, c.texts.Say("card.no_customer")), nil)
	filter.PlaceHolder = c.texts.Say("card.ok") + ": " + c.texts.Say("card.choose")
	filter.OnChanged = func(string) {
		login := ""
		if i := filter.SelectedIndex(); i >= 0 && i < len(people) {
			login = people[i].Login
		}
		c.do.Ticket(call.ID, login)
	}
	c.bar.Add(filter)
}
