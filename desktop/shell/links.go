package shell

import (
	"fmt"
	"strings"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/shared/link"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

// numberWindow shows a number that is to be called.
const numberWindow = "number"

// request is what the program was started for.
func (o Options) request() platform.Request { return platform.Request{Open: o.Open, URL: o.URL} }

// answer does what a later start is for. It belongs to Fyne's goroutine.
func (s *shell) answer(r platform.Request) {
	switch {
	case r.URL != "":
		s.openURL(r.URL)
	case r.Open != "":
		s.openNamed(r.Open)
	default:
		s.openMain()
	}
}

// openURL opens an address that the system handed over: whatever a page wrote as a link. It belongs
// to Fyne's goroutine.
func (s *shell) openURL(raw string) {
	scheme, _, _ := strings.Cut(strings.TrimSpace(raw), ":")
	switch strings.ToLower(scheme) {
	case model.SchemeTel, model.SchemeCallto:
		number, err := model.Dialled(raw)
		if err != nil {
			s.log.Warn("an address names no number", "reason", err, "address", fmt.Sprintf("%.60q", raw))
			s.post(func() { s.notice("link", "notice.bad_number", s.texts.Say("notice.bad_number_why")) })
			return
		}
		s.openNumber(number)
	case settings.JoinScheme:
		s.join(raw)
	default:
		// what follows may be anybody's secret
		s.log.Warn("an address of an unknown kind is not opened", "kind", fmt.Sprintf("%.20q", scheme))
		s.post(func() { s.notice("link", "notice.bad_address", s.texts.Say("notice.bad_address_why")) })
	}
}

// openNumber opens the window about a number that is to be called. It belongs to Fyne's goroutine.
func (s *shell) openNumber(number string) {
	var page string
	if !s.canOpen() || !s.ask(func() { page = s.cidPage(number) }) {
		return
	}
	do := ui.NumberActions{
		Copy:  func() { s.app.Clipboard().SetContent(number) },
		Close: func() { s.windows.Hide(numberWindow) },
	}
	if page != "" {
		do.CID = func() { s.open(page) }
	}
	s.windows.Open(numberWindow, s.texts.Say("number.title"), ui.NewNumber(s.texts, model.Written(number), do),
		fyne.NewSize(420, 170), nil)
}

// cidPage is the page that the CID-Link opens by a number; empty where no such link is set. It
// belongs to the shell's goroutine.
func (s *shell) cidPage(number string) string {
	force := s.inForce()
	call := protocol.Call{Number: number}
	if strings.HasPrefix(number, "+") {
		call.E164 = number
	}
	if t, err := link.Parse(s.administrator().Links.CID); err == nil {
		if page, ok := t.Expand(link.Of(call, nil, force.Extension)); ok {
			call.Links.CID = page
		}
	}
	return force.Links(call, nil).CID
}
