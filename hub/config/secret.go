package config

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/invopop/jsonschema"
)

const stars = "***"

// Secret is a password or the like. Whatever prints, formats, encodes or logs it gets "***"; only
// Reveal gives the text. The text sits behind a pointer, because fmt does not ask the methods of
// what lies in another package's unexported field: it would print a string, but prints a pointer as
// an address. Compare with Equal.
type Secret struct{ text *string }

// NewSecret wraps a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal gives the text; never put it into an error or a log.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty tells whether there is no text.
func (s Secret) Empty() bool { return s.text == nil }

// Equal compares the texts.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String gives stars.
func (s Secret) String() string { return stars }

// GoString gives stars.
func (s Secret) GoString() string { return stars }

// Format prints stars for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, stars) }

// MarshalJSON gives stars.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + stars + `"`), nil }

// MarshalText gives stars, also to YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// LogValue gives stars.
func (s Secret) LogValue() slog.Value { return slog.StringValue(stars) }

// JSONSchema describes it in hub.yml's schema.
func (Secret) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }

// Scrub puts stars in the place of every secret of the file that stands in a text: for what others
// write, such as a log.
func (c *Config) Scrub(text string) string {
	if c.src == nil {
		return text
	}
	return c.src.scrub(text)
}
