package config

import (
	"fmt"

	"traybell/hub/config/document"
)

// defaultTemplate is the template of lines without one, and of all calls if no line is tracked
// (tickettemplate.DefaultName).
const defaultTemplate = "default"

// Queueless returns where tickets will fail because the help desk needs a queue and the template
// has none: keys of lines, such as tracking[1], or help_desk if no line is tracked. Each text says
// what to change.
func (c *Config) Queueless() (keys, texts []string) {
	lines, key := c.Tracking, "help_desk"
	if len(lines) == 0 { // all calls have the default template
		lines = []Line{{}}
	}
	for i, l := range lines {
		if len(c.Tracking) > 0 {
			key = fmt.Sprintf("tracking[%d]", i)
		}
		name := l.Ticket
		if name == "" {
			name = defaultTemplate
		}
		template, exists := c.TicketTemplates[name]
		desk, known := c.Desk(template.HelpDesk)
		if !known || !desk.kind().needsQueue || template.Queue != "" ||
			!exists && l.Ticket != "" { // lines reports missing templates
			continue
		}
		text := "this line has no ticket template and there is no template `default`"
		switch {
		case exists:
			text = "the template " + document.Quote(name) + " has no queue"
		case len(c.Tracking) == 0:
			text = "there is no template `default` with a queue"
		}
		remedy := "add `queue` to the template"
		if !exists {
			remedy = "add `default` with `queue` and `title` to ticket_templates"
		}
		keys = append(keys, key)
		texts = append(texts, fmt.Sprintf("%s, but %s needs a queue: tickets for these calls will fail; %s",
			text, desk.Type, remedy))
	}
	return keys, texts
}

func (k checker) queues() {
	keys, texts := k.c.Queueless()
	for i, key := range keys {
		k.Warn(key, "%s", texts[i])
	}
}
