package wire

import (
	"strings"
)

// All returns every value of key in order: ChanVariable and Output come several times.
func (m Message) All(key string) []string {
	var values []string
	for k, v := range m.Each() {
		if strings.EqualFold(k, key) {
			values = append(values, v)
		}
	}
	return values
}
