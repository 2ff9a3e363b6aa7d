package config

import (
	"bytes"
	"fmt"
	"path/filepath"
)

// Parse is Load for a text that is not in the file at path yet.
func Parse(path string, text []byte) (*Config, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, problems := read(path, filepath.Dir(absolute), bytes.TrimPrefix(text, []byte("\ufeff")))
	if len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}

// ExtensionProblem returns why a text is not an extension; empty if it is one.
func ExtensionProblem(text string) string {
	if extension.MatchString(text) {
		return ""
	}
	return fmt.Sprintf("%s is not an extension; use the PBX's name for it, such as 101", quote(text))
}
