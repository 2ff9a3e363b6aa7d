package compile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"traybell/hub/calldata"
	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/shared/link"
	"traybell/shared/phone"
)

// Load reads hub.yml. Its problems include those of templates and links.
func Load(path string) (*config.Config, error) { return config.Load(path, Check) }

// Check is the config.Check for templates, links and rules.
func Check(cfg *config.Config) document.Problems {
	data := callData(cfg)
	_, problems := templates(cfg, data)
	_, more := links(cfg, data)
	problems = append(problems, more...)
	problems = append(problems, checkRules(cfg)...)
	checkDial(cfg)
	for i, t := range cfg.Tracking {
		_, bad := linePages(cfg, data, i, t)
		problems = append(problems, bad...)
	}
	return problems
}

// linePages returns what opens in agents' browsers with the calls of a line.
func linePages(cfg *config.Config, data *calldata.Fields, i int, t config.Line) (
	p tracking.Pages, problems document.Problems,
) {
	p = tracking.Pages{
		OpenScript: tracking.Moment(t.Script.Open), Pop: t.ScreenPop.Link, OpenPop: tracking.Moment(t.ScreenPop.Open),
	}
	if key := fmt.Sprintf("tracking[%d].script.url", i); t.Script.URL != "" {
		p.Script, problems = page(cfg, data, key, t.Script.URL)
		if strings.Contains(t.Script.URL, "#") {
			problems = append(problems, cfg.Problem(key, "remove what begins with #: the hub puts the token there"))
		}
		if origin, _ := p.Script.Origin(); strings.Contains(origin, "@") {
			problems = append(problems, cfg.Problem(key, "remove the user and password from the URL"))
		}
	}
	links := cfg.Desktop.Links
	for name, url := range map[string]string{"cid": links.CID, "map": links.Map, "ticket": links.Ticket} {
		if t.ScreenPop.Link == name && url == "" {
			problems = append(problems, cfg.Problem(fmt.Sprintf("tracking[%d].screen_pop.link", i),
				fmt.Sprintf("there is no `desktop.links.%s`; add it", name)))
		}
	}
	return p, problems
}

// page returns the template of a URL.
func page(cfg *config.Config, data *calldata.Fields, key, text string) (*link.Template, document.Problems) {
	var problems document.Problems
	parsed, err := link.Parse(text)
	if err != nil {
		problems = append(problems, cfg.Problem(key, err.Error()))
	}
	for _, name := range parsed.Data() {
		if !slices.Contains(data.Names(), name) {
			problems = append(problems, cfg.Problem(key,
				fmt.Sprintf("call_data has no field %q%s", name, document.DidYouMean(name, data.Names()))))
		}
	}
	return parsed, problems
}

func templates(cfg *config.Config, data *calldata.Fields) (tickettemplate.Set, document.Problems) {
	texts := make(map[string]tickettemplate.Text, len(cfg.TicketTemplates))
	for name, t := range cfg.TicketTemplates {
		texts[name] = tickettemplate.Text{
			Title: t.Title, Body: t.Body, Queue: t.Queue, Priority: t.Priority, State: t.State, Type: t.Type,
			Owner: t.Owner, Desk: t.HelpDesk,
		}
	}
	parsed, errs := tickettemplate.New(texts, data.Names()...)
	var problems document.Problems
	for _, err := range errs {
		var bad *tickettemplate.Error
		if !errors.As(err, &bad) {
			continue
		}
		text := bad.Text
		if bad.Unknown != "" {
			text += document.DidYouMean(bad.Unknown, tickettemplate.Fields(data.Names()...))
		}
		problems = append(problems, cfg.Problem("ticket_templates."+bad.Name+"."+bad.Field, text))
	}
	return parsed, problems
}

func links(cfg *config.Config, data *calldata.Fields) (link.Set, document.Problems) {
	var parsed link.Set
	var problems document.Problems
	for _, l := range []struct {
		key, text string
		into      **link.Template
	}{
		{"cid", cfg.Desktop.Links.CID, &parsed.CID},
		{"map", cfg.Desktop.Links.Map, &parsed.Map},
		{"ticket", cfg.Desktop.Links.Ticket, &parsed.Ticket},
	} {
		if l.text == "" {
			continue
		}
		var bad document.Problems
		*l.into, bad = page(cfg, data, "desktop.links."+l.key, l.text)
		problems = append(problems, bad...)
	}
	return parsed, problems
}

// Lines returns the tracked numbers. Patterns that cannot match are problems of the file.
// numbers is nil if the CallerID rules have problems themselves.
func Lines(cfg *config.Config, numbers *phone.Reader) (*tracking.Lines, document.Problems) {
	var entries []tracking.Line
	var problems document.Problems
	for i, t := range cfg.Tracking {
		l := line(t)
		if err := l.Check(); err != nil {
			problems = append(problems, cfg.Problem(fmt.Sprintf("tracking[%d].number", i), err.Error()))
			continue
		}
		var bad document.Problems
		l.Pages, bad = linePages(cfg, callData(cfg), i, t)
		problems = append(problems, bad...)
		entries = append(entries, l)
	}
	if numbers == nil {
		return nil, problems
	}
	found, err := tracking.New(entries, numbers)
	if err != nil { // checked above
		problems = append(problems, cfg.Problem("tracking", err.Error()))
	}
	return found, problems
}
