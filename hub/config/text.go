package config

import (
	"bytes"
	"fmt"
	"path/filepath"
)

// Parse reads a text as if it stood in the file at path, as Load does: for who wants to change
// hub.yml and must know beforehand what it would mean.
func Parse(path string, text []byte) (*Config, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	c, problems := read(path, filepath.Dir(absolute), bytes.TrimPrefix(text, []byte("\ufeff")))
	if len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}

// ExtensionProblem says why a text cannot be an extension; empty where it can.
func ExtensionProblem(text string) string {
	if extension.MatchString(text) {
		return ""
	}
	return fmt.Sprintf("%s cannot be an extension; write it as the PBX does, such as 101", quote(text))
}
