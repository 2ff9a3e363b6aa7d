package config

import "fmt"

// defaultTemplate is the template of lines that name none, and of calls where no line is tracked
// (desk.DefaultTemplateName).
const defaultTemplate = "default"

// Queueless tells where tickets cannot be made because their template names no queue, without which
// Znuny, OTRS and OTOBO refuse them: keys of lines, such as tracking[1], or help_desk where nothing
// is tracked, each with what is wrong and how to mend it.
func (c *Config) Queueless() (keys, texts []string) {
	if c.HelpDesk.Type == Builtin {
		return nil, nil
	}
	lines, key := c.Tracking, "help_desk"
	if len(lines) == 0 { // every call is shown, and has the template default
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
		template, there := c.TicketTemplates[name]
		switch {
		case template.Queue != "" || !there && l.Ticket != "": // one that is not there is complained about
			continue
		case l.Ticket != "" || there:
			texts = append(texts,
				fmt.Sprintf("the template %s names no queue, which %s wants: every OK on such a call will fail; add "+
					"`queue` to it",
					quote(name), c.HelpDesk.Type))
		case len(c.Tracking) == 0:
			texts = append(texts,
				fmt.Sprintf("%s wants each ticket's queue, and there is no template `default` that names one: every "+
					"OK will fail; add `default`, with `queue` and `title`, to ticket_templates",
					c.HelpDesk.Type))
		default:
			texts = append(texts,
				fmt.Sprintf("this line names no ticket template, and there is no template `default` that names the "+
					"queue which %s wants: every OK on its calls will fail; add `ticket: …` here, or `default`, "+
					"with `queue` and `title`, to ticket_templates",
					c.HelpDesk.Type))
		}
		keys = append(keys, key)
	}
	return keys, texts
}

func (k checker) queues() {
	keys, texts := k.c.Queueless()
	for i, key := range keys {
		k.warn(key, "%s", texts[i])
	}
}
