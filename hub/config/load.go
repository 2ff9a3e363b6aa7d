package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
	"traybell/hub/config/watch"
)

// MaxFile limits the size of hub.yml, in bytes.
const MaxFile = watch.MaxFile

// Check finds problems that this package cannot, such as invalid templates. It also runs if there
// are other problems, so values may be missing or invalid.
type Check func(*Config) document.Problems

// Load reads hub.yml. The error is document.Problems with all problems, including those of others;
// for invalid YAML only the first. If the file cannot be read, it is another error.
func Load(path string, others ...Check) (*Config, error) {
	c, _, err := LoadFiles(path, others...)
	return c, err
}

// LoadFiles is Load that also returns the absolute paths of hub.yml and of all secret and
// certificate files in it, as far as known after an error. CSV directories are not included; they
// detect changes themselves.
func LoadFiles(path string, others ...Check) (_ *Config, files []string, err error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	files = []string{absolute}
	text, err := document.ReadFile(absolute, MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, files, fmt.Errorf("read configuration: %w; start with a copy of hub.example.yml, or name "+
			"another file with --config", err)
	}
	if err != nil {
		return nil, files, fmt.Errorf("read configuration: %w", err)
	}
	c, problems := read(path, filepath.Dir(absolute), text, others...)
	if c != nil {
		files = append(files, c.doc.Files(c)...)
	}
	if len(problems) > 0 {
		return nil, files, problems
	}
	if info, err := os.Stat(absolute); err == nil && document.WorldReadable(info) && document.HasPlainSecret(c) {
		c.warnings = append(document.Problems{{
			File: path,
			Text: "all users of this computer can read this file, which contains passwords; run: chmod 640 " + path,
		}}, c.warnings...)
	}
	c.files, c.sum = files, watch.Sum(files)
	return c, files, nil
}

// Parse is Load for a text that is not in the file at path yet.
func Parse(path string, text []byte, others ...Check) (*Config, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, problems := read(path, filepath.Dir(absolute), document.Text(text), others...)
	if len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}

// read decodes and checks a text. Relative paths start at folder. c is nil if the text cannot be
// decoded.
func read(file, folder string, text []byte, others ...Check) (*Config, document.Problems) {
	c := Default()
	doc, problem := document.Read(file, folder, text, c)
	if problem != nil {
		return nil, document.Problems{*problem}
	}
	c.doc = doc
	if doc.Usable() {
		checker{scalars{check.Values{Document: doc}}, c}.all()
		for _, check := range others {
			for _, p := range check(c) {
				doc.Add(p)
			}
		}
	}
	var problems document.Problems
	problems, c.warnings = doc.Finish()
	return c, problems
}

// Files returns the files that the configuration was read from, hub.yml first, and their watch.Sum.
func (c *Config) Files() (files []string, sum string) { return c.files, c.sum }

// Problem locates a problem that another package found. key is a path such as
// ticket_templates.support.title or pbx[0].address. If the file does not contain it, the position
// is that of the nearest section.
func (c *Config) Problem(key, text string) document.Problem {
	if c.doc == nil {
		return document.Problem{File: "hub.yml", Key: key, Text: key + ": " + text}
	}
	return c.doc.Problem(key, key+": "+text)
}

// ProblemIn is Problem at a character of the key's value, from 0.
func (c *Config) ProblemIn(key string, at int, text string) document.Problem {
	if c.doc == nil {
		return c.Problem(key, text)
	}
	return c.doc.ProblemIn(key, at, key+": "+text)
}

// WarnIn warns of a character of a key's value, from 0. Only a Check may do so.
func (c *Config) WarnIn(key string, at int, text string) {
	if c.doc != nil {
		c.doc.WarnIn(key, at, text)
	}
}

// Masked returns a line of the file, from 1, with its secrets as stars.
func (c *Config) Masked(line int) string { return c.doc.Masked(line) }

// Warnings are about settings that work but should be fixed.
func (c *Config) Warnings() document.Problems { return c.warnings }

// Scrub replaces all secrets of the file in a text, such as a log line, by stars.
func (c *Config) Scrub(text string) string {
	if c.doc == nil {
		return text
	}
	return c.doc.Scrub(text)
}

// Changed returns the keys in which two configurations differ, in the order of hub.yml; lists and
// maps count as a whole: "agents", "log.folder".
func Changed(a, b *Config) []string { return document.Changed(a, b) }

// Schema returns the JSON Schema (draft 2020-12) of hub.yml. It does not check keys that depend on
// each other.
func Schema() []byte { return document.Schema("hub.yml of traybell-hub", &Config{}) }
