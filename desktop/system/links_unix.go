//go:build unix && !darwin

package system

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// linksEntry is the program's entry in the user's applications, hidden from menus.
const linksEntry = "traybell-links.desktop"

// schemeType is the prefix of a scheme's MIME type.
const schemeType = "x-scheme-handler/"

// linkFiles returns the entry and the user's list of default applications (MIME Application
// Associations Specification).
func linkFiles() (application, list string, err error) {
	data, err := dataHome()
	if err != nil {
		return "", "", err
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return "", "", fmt.Errorf("links: %w", err)
	}
	return filepath.Join(data, "applications", linksEntry), filepath.Join(config, "mimeapps.list"), nil
}

// Enabled reports whether the program opens all of Schemes.
func (l Links) Enabled() (bool, error) {
	application, path, err := linkFiles()
	if err != nil {
		return false, err
	}
	have, err := read(application)
	if err != nil || have == "" {
		return false, err
	}
	list, err := read(path)
	if err != nil {
		return false, fmt.Errorf("links: %w", err)
	}
	opened := 0
	for line := range defaults(list) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		scheme, is := strings.CutPrefix(strings.TrimSpace(key), schemeType)
		if is && slices.Contains(Schemes(), scheme) && strings.HasPrefix(strings.TrimSpace(value), linksEntry) {
			opened++
		}
	}
	return opened == len(schemes), nil
}

// Set puts the program first in the lists of Schemes, or removes it; the earlier defaults apply
// again then.
func (l Links) Set(on bool) error {
	application, path, err := linkFiles()
	if err != nil {
		return err
	}
	list, err := read(path)
	if err != nil {
		return fmt.Errorf("links: %w", err)
	}
	if on {
		var types strings.Builder
		for _, s := range Schemes() {
			types.WriteString(schemeType + s + ";")
		}
		err = replaceFile(application,
			entry(l.Command, "-- %u", "NoDisplay=true", "StartupNotify=false", "MimeType="+types.String()))
	} else {
		err = remove(application)
	}
	if after := withDefaults(list, on); after != list {
		err = errors.Join(err, replaceFile(path, after))
	}
	if err != nil {
		return fmt.Errorf("links: %w", err)
	}
	index(filepath.Dir(application))
	return nil
}

// index updates the desktop's index of applications, if there is one.
func index(applications string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = exec.CommandContext(ctx, "update-desktop-database", "-q", applications).Run()
}

const defaultsHead = "[Default Applications]"

// defaults iterates over the lines of the section [Default Applications].
func defaults(list string) func(func(string) bool) {
	return func(yield func(string) bool) {
		inside := false
		for line := range strings.Lines(list) {
			if head := strings.TrimSpace(line); strings.HasPrefix(head, "[") {
				inside = head == defaultsHead
			} else if inside && !yield(line) {
				return
			}
		}
	}
}

// withDefaults puts the program first in the lists of Schemes, or removes it. Other lines stay as
// they are.
func withDefaults(list string, on bool) string {
	missing := map[string]bool{}
	for _, s := range Schemes() {
		missing[s] = on
	}
	var out strings.Builder
	add := func() {
		for _, s := range Schemes() {
			if missing[s] {
				out.WriteString(schemeType + s + "=" + linksEntry + ";\n")
				missing[s] = false
			}
		}
	}
	inside, end := false, 0 // end: offset in out after the last non-empty line of the section
	for line := range strings.Lines(list) {
		head := strings.TrimSpace(line)
		key, value, pair := strings.Cut(head, "=")
		scheme, is := strings.CutPrefix(strings.TrimSpace(key), schemeType)
		switch {
		case strings.HasPrefix(head, "["):
			inside = head == defaultsHead
		case inside && pair && is && slices.Contains(Schemes(), scheme):
			others := slices.DeleteFunc(strings.Split(value, ";"), func(id string) bool {
				id = strings.TrimSpace(id)
				return id == "" || id == linksEntry
			})
			if on {
				others = append([]string{linksEntry}, others...)
				missing[scheme] = false
			}
			if len(others) == 0 {
				continue
			}
			line = schemeType + scheme + "=" + strings.Join(others, ";") + ";\n"
		}
		out.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n")
		}
		if inside && head != "" {
			end = out.Len()
		}
	}
	if !on || !slices.ContainsFunc(Schemes(), func(s string) bool { return missing[s] }) {
		return out.String()
	}
	before, after := out.String(), ""
	if end > 0 {
		before, after = before[:end], before[end:]
	}
	out.Reset()
	out.WriteString(before)
	if end == 0 {
		if before != "" {
			out.WriteString("\n")
		}
		out.WriteString(defaultsHead + "\n")
	}
	add()
	out.WriteString(after)
	return out.String()
}
