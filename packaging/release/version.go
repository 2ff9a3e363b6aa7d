package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/packaging/build"
)

// version is what a release is built from.
type version struct {
	program string // what the programs print: the tag, or the commit
	pkg     string // of packages: 1.2.3, 1.2.3~rc1 or 0.0.0~…
	at      time.Time
	changes string // section of CHANGELOG.md
}

// tagged is the form of tags: v1.2.3 or v1.2.3-rc1.
var tagged = regexp.MustCompile(`^v(\d+\.\d+\.\d+)(?:-([0-9A-Za-z.]+))?$`)

// describe reads the version from git, or takes that number for packages.
func describe(ctx context.Context, number string) (version, error) {
	out, err := build.Child(ctx, "git", "show", "-s", "--format=%ct", "HEAD").Output()
	if err != nil {
		return version{}, fmt.Errorf("read the commit: %w", err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		return version{}, fmt.Errorf("read the time of the commit: %w", err)
	}
	v := version{program: build.Version(ctx), at: time.Unix(seconds, 0).UTC()}
	if number != "" {
		v.program = "v" + number
		if !tagged.MatchString(v.program) {
			return version{}, fmt.Errorf("%s is not a version such as 1.2.3 or 1.2.3-rc1", number)
		}
	}
	v.pkg = packaged(v.program, v.at)
	text, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return version{}, err
	}
	released := tagged.MatchString(v.program) && number == ""
	if v.changes, err = excerpt(string(text), v.program, released); err != nil {
		return version{}, err
	}
	return v, nil
}

// packaged is the version of packages: a pre-release sorts before its release, a commit without a
// tag before all releases and by its time.
func packaged(described string, at time.Time) string {
	m := tagged.FindStringSubmatch(described)
	switch {
	case m == nil:
		return "0.0.0~" + at.Format("20060102150405")
	case m[2] != "":
		return m[1] + "~" + m[2]
	}
	return m[1]
}

// env are the variables of the tools. SOURCE_DATE_EPOCH makes packages the same in each build.
func (v version) env() []string {
	return []string{"VERSION=" + v.pkg, "SOURCE_DATE_EPOCH=" + strconv.FormatInt(v.at.Unix(), 10)}
}

// changelog writes Debian's changelog of a package, with the latest section of CHANGELOG.md.
func (v version) changelog(to, name string) (err error) {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(z, "%s (%s) unstable; urgency=medium\n\n", name, v.pkg)
	for line := range strings.Lines(v.changes) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			line = "  " + line
		}
		_, wrong := fmt.Fprintln(z, line)
		err = errors.Join(err, wrong)
	}
	_, wrong := fmt.Fprintf(z, "\n -- %s  %s\n", maintainer, v.at.Format(time.RFC1123Z))
	return errors.Join(err, wrong, z.Close())
}

// excerpt is the section of a version in a changelog in Markdown, or else the latest one, with which
// a release must not begin: its section has its number, and that of a pre-release may be Unreleased.
func excerpt(changelog, version string, released bool) (string, error) {
	sections := strings.Split("\n"+changelog, "\n## ")[1:]
	if len(sections) == 0 {
		return "", errors.New("CHANGELOG.md has no section")
	}
	number, _, candidate := strings.Cut(strings.TrimPrefix(version, "v"), "-")
	at := slices.IndexFunc(sections, func(s string) bool {
		title, _, _ := strings.Cut(s, "\n")
		words := strings.Fields(title)
		return len(words) > 0 && words[0] == number
	})
	if at < 0 && released && !candidate {
		return "", fmt.Errorf("CHANGELOG.md has no section %q for the tag %s", "## "+number, version)
	}
	_, section, _ := strings.Cut(sections[max(0, at)], "\n")
	return strings.TrimSpace(section), nil
}
