package config

import (
	"fmt"

	"traybell/hub/config/document"

	"github.com/goccy/go-yaml"
)

// Values returns the configuration with its defaults, as hub.yml would have it, in maps, lists and
// texts. Secrets are stars.
func (c *Config) Values() (map[string]any, error) {
	text, err := yaml.Marshal(c)
	values := map[string]any{}
	if err == nil {
		err = yaml.Unmarshal(text, &values)
	}
	if err != nil {
		return nil, fmt.Errorf("encode the configuration: %w", err)
	}
	c.scrub(values)
	hideURLs(values, false)
	return values, nil
}

// scrub replaces secrets in the texts of a value, such as a password in a URL.
func (c *Config) scrub(value any) any {
	switch v := value.(type) {
	case string:
		return c.Scrub(v)
	case map[string]any:
		for key, of := range v {
			v[key] = c.scrub(of)
		}
	case []any:
		for i, of := range v {
			v[i] = c.scrub(of)
		}
	}
	return value
}

// hideURLs hides what of URLs is secret.
func hideURLs(value any, webhook bool) {
	switch v := value.(type) {
	case map[string]any:
		for key, of := range v {
			if url, ok := of.(string); ok && key == "url" {
				v[key] = document.PublicURL(url, webhook)
			}
			hideURLs(of, webhook || key == document.Webhooks)
		}
	case []any:
		for _, of := range v {
			hideURLs(of, webhook)
		}
	}
}
