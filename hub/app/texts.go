package app

import (
	"errors"
	"fmt"

	"traybell/hub/config"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/shared/link"
	"traybell/shared/phone"
)

// Load reads hub.yml. Its problems include those of templates and links.
func Load(path string) (*config.Config, error) { return config.Load(path, badTexts) }

// badTexts is the config.Check for templates and links.
func badTexts(cfg *config.Config) config.Problems {
	_, problems := templates(cfg)
	_, more := links(cfg)
	return append(problems, more...)
}

func templates(cfg *config.Config) (tickettemplate.Set, config.Problems) {
	texts := make(map[string]tickettemplate.Text, len(cfg.TicketTemplates))
	for name, t := range cfg.TicketTemplates {
		texts[name] = tickettemplate.Text{
			Title: t.Title, Body: t.Body, Queue: t.Queue, Priority: t.Priority, State: t.State, Type: t.Type,
			Owner: t.Owner,
		}
	}
	parsed, errs := tickettemplate.New(texts)
	var problems config.Problems
	for _, err := range errs {
		var bad *tickettemplate.Error
		if !errors.As(err, &bad) {
			continue
		}
		text := bad.Text
		if bad.Unknown != "" {
			text += config.DidYouMean(bad.Unknown, tickettemplate.Fields())
		}
		problems = append(problems, cfg.Problem("ticket_templates."+bad.Name+"."+bad.Field, text))
	}
	return parsed, problems
}

func links(cfg *config.Config) (link.Set, config.Problems) {
	var parsed link.Set
	var problems config.Problems
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
		var err error
		if *l.into, err = link.Parse(l.text); err != nil {
			problems = append(problems, cfg.Problem("desktop.links."+l.key, err.Error()))
		}
	}
	return parsed, problems
}

// trackedLines are the tracked numbers. Patterns that cannot match are problems of the file.
// numbers is nil if the CallerID rules have problems themselves.
func trackedLines(cfg *config.Config, numbers *phone.Reader) (*tracking.Lines, config.Problems) {
	var entries []tracking.Line
	var problems config.Problems
	for i, t := range cfg.Tracking {
		l := line(t)
		if err := l.Check(); err != nil {
			problems = append(problems, cfg.Problem(fmt.Sprintf("tracking[%d].number", i), err.Error()))
			continue
		}
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
