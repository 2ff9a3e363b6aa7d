package compile

import (
	"crypto/tls"
	"fmt"

	"traybell/hub/certificate"
	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/webhooks"
)

// hooks converts the webhooks of hub.yml.
func hooks(cfg *config.Config) (list []webhooks.Webhook, problems document.Problems) {
	for i, w := range cfg.Webhooks {
		hook := webhooks.Webhook{
			Name: w.Name, URL: w.URL, Secrets: []string{w.Secret.Reveal()}, Events: w.Events, Teams: w.Teams,
			TLS: &tls.Config{MinVersion: tls.VersionTLS12},
		}
		if !w.PreviousSecret.Empty() {
			hook.Secrets = append(hook.Secrets, w.PreviousSecret.Reveal())
		}
		if w.CA != "" {
			var err error
			if hook.TLS.RootCAs, err = certificate.Authorities(w.CA); err != nil {
				problems = append(problems, cfg.Problem(fmt.Sprintf("webhooks[%d].ca", i), err.Error()))
			}
		}
		list = append(list, hook)
	}
	return list, problems
}

// Webhook returns a webhook of the configuration by its name, and the source of its events.
func (p Parts) Webhook(cfg *config.Config, name string) (w webhooks.Webhook, source string, ok bool) {
	for _, w := range p.Hooks {
		if w.Name == name {
			return w, computer.PublicURL(cfg, cfg.Listen), true
		}
	}
	return webhooks.Webhook{}, "", false
}
