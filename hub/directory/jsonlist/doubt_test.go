package jsonlist

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"traybell/hub/directory"
	"traybell/shared/protocol"
)

// A wrong place in hub.yml looks like the end of the list, or like customers without a field: it is a
// problem of its key.
func TestWrongPlaces(t *testing.T) {
	const entry = `{"name": "Ivan", "phones": [{"number": "+7 495 123-45-6%"}], "mail": "a@example.com"}`
	page := func(entries, more string) string {
		var list []string
		for _, digit := range strings.Split(entries, "") {
			list = append(list, strings.ReplaceAll(entry, "%", digit))
		}
		return `{"data": [` + strings.Join(list, ", ") + `], ` + more + `}`
	}
	good := map[string]string{"UserFullname": "name", "UserPhone": "phones.number"}
	with := func(key, place string) map[string]string {
		return map[string]string{"UserFullname": "name", "UserPhone": "phones.number", key: place}
	}
	next := func(place string) Pages { return Pages{By: ByNext, Next: place} }
	cursor := func(place string) Pages { return Pages{By: ByCursor, Param: "after", Next: place} }
	links := page("12", `"links": {"next": "/list?page=2", "self": "/list"}`)
	for name, c := range map[string]struct {
		first, header string
		pages         Pages
		places        map[string]string
		customers     int
		key, want     string
	}{
		"two pages": {links, "", next("links.next"), good, 3, "", ""},
		"wrong next": {
			links, "", next("links.nxt"), good, 2, "pages.next",
			`it has "links.next": "/list?page=2"; is that`,
		},
		"no pages": {
			links, "",
			Pages{},
			good, 2, "pages",
			`there are no pages in hub.yml, but it has "links.next"`,
		},
		"wrong cursor": {
			page("12", `"meta": {"next_cursor": "abc"}`), "", cursor("meta.cursor"), good, 2,
			"pages.next", `"meta.next_cursor": "abc"`,
		},
		"a cursor": {
			page("12", `"meta": {"next_cursor": "abc"}`), "", cursor("meta.next_cursor"), good,
			3, "", "",
		},
		"HAL": {
			page("12", `"_links": {"next": {"href": "/list?page=2"}}`), "",
			next("_links.next_page"), good, 2, "pages.next", `"_links.next.href"`,
		},
		"a header": {
			page("12", `"x": 1`), `</list?page=2>; rel="next"`, next("next"), good, 2,
			"pages.next", `"header:Link"`,
		},
		"a total": {
			page("12", `"meta": {"total_count": 3}`), "",
			Pages{},
			good, 2, "pages",
			`says at "meta.total_count" that the list has 3 entries, and 2 were read`,
		},
		"a total of one page": {
			page("12", `"total": 2, "next": null, "hasNext": false`), "",
			Pages{},
			good, 2, "",
			"",
		},
		"the last page":       {page("12", `"next": null`), "", next("next"), good, 2, "", ""},
		"no next on the last": {page("12", `"total": 2`), "", next("next"), good, 2, "", ""},
		"wrong number": {
			page("12", `"x": 1`), "",
			Pages{},
			with("UserMobile", "phones.mobile"), 2,
			"map.UserMobile", `no entry has "phones.mobile"; the first one has the keys mail, name, phones`,
		},
		"wrong name": {
			page("12", `"x": 1`), "",
			Pages{},
			with("UserCompany", "org.name, firm"), 2,
			"map.UserCompany", `no entry has "org.name"`,
		},
		"one of several places": {
			page("12", `"x": 1`), "",
			Pages{},
			with("UserEmail", "email, mail"), 2,
			"map.UserEmail", `no entry has "email"`,
		},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery != "" {
				_, _ = io.WriteString(w, page("3", `"last": true`))
				return
			}
			if c.header != "" {
				w.Header().Set("Link", c.header)
			}
			_, _ = io.WriteString(w, c.first)
		}))
		s, err := New(Options{Name: "crm", URL: server.URL + "/list", List: "data", Map: c.places, Pages: c.pages})
		if err != nil {
			t.Fatal(err)
		}
		customers, found := 0, ""
		var problems []directory.Problem
		err = s.Read(t.Context(), func(protocol.Customer) { customers++ }, func(p directory.Problem) {
			problems = append(problems, p)
			if p.Key == c.key && strings.Contains(p.Text, c.want) {
				found = p.String()
			}
		})
		server.Close()
		if err != nil || customers != c.customers || (len(problems) > 0) != (c.want != "") ||
			c.want != "" && !strings.HasPrefix(found, c.key+": ") {
			t.Errorf("%s: %d customers, %v, %q", name, customers, err, problems)
		}
	}
}

// A place of the next page that has a list or an object is an error, not the end.
func TestNextIsNoText(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(
			w,
			`{"data": [{"name": "Ivan", "phone": "+74951234567"}], "links": {"next": "/list?page=2"}}`,
		)
	}))
	defer server.Close()
	s, err := New(Options{Name: "crm", URL: server.URL, List: "data", Pages: Pages{By: ByNext, Next: "links"}})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(protocol.Customer) {}, func(directory.Problem) {})
	if err == nil || !strings.Contains(err.Error(), `"links" is not a text: correct pages.next`) {
		t.Errorf("%v", err)
	}
}
