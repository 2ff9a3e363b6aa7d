package kinds

import (
	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/webhook"
)

func newWebhook(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) {
	s, w := c.Server, c.Webhook
	request := func(name string) *webhook.Request {
		r, ok := w.Requests[name]
		if !ok {
			return nil
		}
		return &webhook.Request{
			Method: r.Method, Path: r.Path, Query: r.Query, Body: r.Body, Form: r.Form,
			Reply: webhook.Reply{
				Success: r.Success, Test: r.Test, Value: r.Equals, Message: r.Message, ID: r.ID, Number: r.Number,
				Link: r.Link, List: r.List, Call: r.Call, Customer: r.Customer, Title: r.Title, Text: r.Text,
			},
		}
	}
	o := webhook.Options{
		URL: s.URL, Username: s.Username, Password: s.Password.Reveal(), Token: s.Token.Reveal(), Region: hub.Region,
		Headers: w.Headers, TicketURL: w.TicketURL,
		Find: request(config.RequestFind), Open: request(config.RequestOpen), Note: request(config.RequestNote),
		Notes: request(config.RequestNotes), Timeout: s.Timeout, Log: hub.Log,
	}
	if create := request(config.RequestCreate); create != nil {
		o.Create = *create
	}
	return webhook.New(o)
}
