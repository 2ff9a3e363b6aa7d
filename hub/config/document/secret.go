package document

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/invopop/jsonschema"
)

const stars = "***"

// Secret is a password or similar. Printing, encoding and logging it gives "***"; only Reveal
// returns the text. It is a pointer because fmt ignores the methods of values in unexported fields:
// it would print a string, but prints a pointer as an address. Compare with Equal.
type Secret struct{ text *string }

// NewSecret wraps a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text. Do not put it into an error or a log.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is no text.
func (s Secret) Empty() bool { return s.text == nil }

// Equal compares the texts.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String returns stars.
func (s Secret) String() string { return stars }

// GoString returns stars.
func (s Secret) GoString() string { return stars }

// Format prints stars for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, stars) }

// MarshalJSON returns stars.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + stars + `"`), nil }

// MarshalText returns stars, also for YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// LogValue returns stars.
func (s Secret) LogValue() slog.Value { return slog.StringValue(stars) }

// JSONSchema describes it in the file's schema.
func (Secret) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }
