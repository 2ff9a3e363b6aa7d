package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"traybell/hub/web"
)

// shelf is two directories; the names that were asked for are kept.
type shelf struct{ asked []string }

func (s *shelf) DirectoryStatuses() []web.DirectoryStatus {
	return []web.DirectoryStatus{
		{
			Name: "otrs", Customers: 12345, Numbers: 23456, Read: time.Date(2026, 11, 22, 7, 30, 0, 0, time.UTC),
			Age:   3 * time.Hour,
			Error: "connection refused; is the server running?", Problems: []string{`row 7: <nobody> is named`},
			More: 3,
		},
		{Name: "ad & co"},
	}
}

func (s *shelf) ReadDirectory(name string) bool {
	s.asked = append(s.asked, name)
	return name == "ad & co"
}

func TestDirectoriesAreShownAndReadOnDemand(t *testing.T) {
	shelf := &shelf{}
	s := newSite(t, func(o *web.Options) { o.Directories = shelf })
	answer, page := s.do("GET", "/directories", nil)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s\n%s", answer.Status, page)
	}
	for _, want := range []string{
		"12345 customers with 23456 numbers", "2026-11-22 07:30", "3h0m0s ago",
		"connection refused; is the server running?", "row 7: &lt;nobody&gt; is named", "and 3 more",
		"ad &amp; co", "Not read yet", "Read now",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	answer, _ = s.do("POST", "/directories", url.Values{"name": {"ad & co"}})
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/directories" {
		t.Errorf("read now: %s", answer.Status)
	}
	answer, _ = s.do("POST", "/directories", url.Values{"name": {"nobody"}})
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("a directory that is none: %s", answer.Status)
	}
	if strings.Join(shelf.asked, ", ") != "ad & co, nobody" {
		t.Errorf("asked for %q", shelf.asked)
	}
	bare := newSite(t, nil)
	if answer, _ := bare.do("GET", "/directories", nil); answer.StatusCode != http.StatusNotFound {
		t.Errorf("without directories: %s", answer.Status)
	}
}
