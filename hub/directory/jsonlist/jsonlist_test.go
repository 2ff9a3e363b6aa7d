package jsonlist

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/directory"
	"traybell/hub/directory/directorytest"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const token = "hunter2"

// crm is a server with a list of contacts, in any of the ways of Pages.
type crm struct {
	strict bool // 404 instead of an empty list
	url    string

	mu       sync.Mutex
	contacts []map[string]any
	most     int  // entries of a page
	busy     int  // requests to refuse with 429
	beyond   int  // status of a page after the last; 0: an empty one
	stuck    bool // every page is the first
	away     bool
	asked    []string // query of each request
	slow     time.Duration
}

func newCRM(t *testing.T) *crm {
	t.Helper()
	c := &crm{most: 2}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	c.url = s.URL
	return c
}

func (c *crm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	query := r.URL.Query()
	c.asked = append(c.asked, r.URL.RawQuery)
	switch {
	case c.away:
		http.Error(w, "maintenance", http.StatusBadGateway)
		return
	case r.Header.Get("Authorization") != "Bearer "+token && r.Header.Get("X-Key") != token:
		http.Error(w, "denied", http.StatusUnauthorized)
		return
	case c.busy > 0:
		c.busy--
		w.Header().Set("Retry-After", "1")
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	case r.URL.Path == "/search": // contains
		time.Sleep(c.slow)
		found := []map[string]any{}
		for _, each := range c.contacts {
			if strings.Contains(fmt.Sprint(each["phones"]), query.Get("phone")) || query.Get("phone") == "all" {
				found = append(found, each)
			}
		}
		if c.strict && len(found) == 0 {
			http.Error(w, "no such contact", http.StatusNotFound)
			return
		}
		answer(w, map[string]any{"data": map[string]any{"items": found}})
		return
	}
	size := c.most
	if n, err := strconv.Atoi(query.Get("$top")); err == nil {
		size = min(size, n)
	}
	from, _ := strconv.Atoi(query.Get("$skip"))
	if page, err := strconv.Atoi(query.Get("page")); err == nil {
		from = (page - 1) * size
	}
	if cursor := query.Get("cursor"); cursor != "" {
		from, _ = strconv.Atoi(strings.TrimPrefix(cursor, "after "))
	}
	if c.stuck {
		from = 0
	}
	if from > 0 && from >= len(c.contacts) && c.beyond != 0 {
		http.Error(w, "no such page", c.beyond)
		return
	}
	from = min(from, len(c.contacts))
	to := min(from+size, len(c.contacts))
	reply := map[string]any{"data": map[string]any{"items": c.contacts[from:to]}, "@odata.nextLink": nil, "next": false}
	if to < len(c.contacts) {
		reply["@odata.nextLink"] = fmt.Sprintf("contacts?$skip=%d&$filter=a", to)
		reply["next"] = fmt.Sprint("after ", to)
		w.Header().
			Set("Link", fmt.Sprintf(`<%s/contacts?page=1>; rel="first", <%s/contacts?$skip=%d>; rel="next"`, c.url,
				c.url, to))
	}
	answer(w, reply)
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func (c *crm) set(customers []protocol.Customer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.contacts = []map[string]any{}
	for _, who := range customers {
		phones := []any{}
		for kind, number := range map[string]string{"work": who.Phone, "mobile": who.Mobile, "fax": who.Fax} {
			if number != "" {
				phones = append(phones, map[string]any{"type": kind, "number": number})
			}
		}
		c.contacts = append(c.contacts, map[string]any{
			"login": who.Login, "full": who.Name, "emails": []string{who.Email},
			"firm":   map[string]any{"title": who.Company},
			"phones": phones, "address": map[string]any{"street": who.Street, "city": who.City}, "id": 7,
		})
	}
}

var places = map[string]string{
	"UserLogin": "login", "UserFullname": "full", "UserEmail": "emails", "UserCompany": "firm.title",
	"UserPhone": "phones[type=work].number", "UserMobile": "phones[type=mobile].number",
	"UserFax": "phones[type=fax].number", "UserStreet": "address.street", "UserCity": "address.city",
}

func (c *crm) options() Options {
	return Options{
		Name: "crm", URL: c.url + "/contacts?$filter=a", Token: token, List: "data.items", Map: places,
		Pages:  Pages{By: ByOffset, Param: "$skip"},
		Lookup: Lookup{URL: c.url + "/search?phone={{.National}}", Within: time.Second},
	}
}

func open(t *testing.T, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStory(t *testing.T) {
	c := newCRM(t)
	directorytest.Story(t, directorytest.Fixture{
		Source: open(t, c.options()), Away: "502 Bad Gateway; see the log of the server",
		Write: func(_ *testing.T, customers []protocol.Customer) { c.set(customers) },
		Stop:  func(*testing.T) { c.mu.Lock(); defer c.mu.Unlock(); c.away = true },
		Start: func(*testing.T) { c.mu.Lock(); defer c.mu.Unlock(); c.away = false },
	})
}

// some returns customers with a number each.
func some(n int) (list []protocol.Customer) {
	for i := range n {
		list = append(list, protocol.Customer{Login: fmt.Sprint("user", i), Phone: fmt.Sprintf("+7495123%04d", i)})
	}
	return list
}

func read(t *testing.T, s *Source) (logins map[string]int, problems []string, err error) {
	t.Helper()
	logins = map[string]int{}
	err = s.Read(t.Context(), func(c protocol.Customer) { logins[c.Login]++ },
		func(p directory.Problem) { problems = append(problems, p.Text) })
	return logins, problems, err
}

func TestPages(t *testing.T) {
	for name, test := range map[string]struct {
		pages  Pages
		change func(c *crm)
		asked  int // requests for five entries in pages of two
	}{
		"offset":          {Pages{By: ByOffset, Param: "$skip"}, nil, 3},
		"offset and size": {Pages{By: ByOffset, Param: "$skip", Size: 1000, SizeParam: "$top"}, nil, 3},
		"small pages":     {Pages{By: ByOffset, Param: "$skip", Size: 1, SizeParam: "$top"}, nil, 6},
		"number":          {Pages{By: ByNumber, Param: "page", First: 1}, nil, 3},
		"no page after last": {
			Pages{By: ByNumber, Param: "page", First: 1, Size: 1, SizeParam: "$top"},
			func(c *crm) { c.beyond = 404 }, 6,
		},
		"cursor":            {Pages{By: ByCursor, Param: "cursor", Next: "next"}, nil, 3},
		"next":              {Pages{By: ByNext, Next: "@odata.nextLink"}, nil, 3},
		"Link":              {Pages{By: ByNext, Next: "header:Link"}, nil, 3},
		"one page":          {Pages{}, func(c *crm) { c.most = 100 }, 1},
		"too busy at first": {Pages{By: ByOffset, Param: "$skip"}, func(c *crm) { c.busy = 1 }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCRM(t)
			c.set(some(5))
			if test.change != nil {
				test.change(c)
			}
			o := c.options()
			o.Pages = test.pages
			got, problems, err := read(t, open(t, o))
			if err != nil || len(got) != 5 || len(problems) > 0 || len(c.asked) != test.asked {
				t.Errorf("%v, %q, %v; asked %q", got, problems, err, c.asked)
			}
			if !strings.Contains(c.asked[len(c.asked)-1], "$") {
				t.Errorf("the parameters were escaped: %q", c.asked)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		change func(c *crm, o *Options)
		want   string
	}{
		"a wrong token": {
			func(_ *crm, o *Options) { o.Token = "hunter3" }, "401 Unauthorized; check username, password, token",
		},
		"no list": {
			func(_ *crm, o *Options) { o.List = "data.contacts" },
			`no list at "data.contacts"; it has the keys @odata.nextLink, data, next`,
		},
		"a list is missing":   {func(_ *crm, o *Options) { o.List = "" }, "set list"},
		"every page the same": {func(c *crm, _ *Options) { c.stuck = true }, "page 2 repeats the one before"},
		"another server": {func(c *crm, o *Options) {
			o.Pages = Pages{By: ByNext, Next: "data.items.0.login"}
			c.contacts[0]["login"] = "https://evil.example.com/"
		}, "the next page is at https://evil.example.com, which would get the password"},
		"no server there": {func(_ *crm, o *Options) {
			o.URL, o.Lookup.URL = "http://127.0.0.1:1/", ""
		}, "connect to 127.0.0.1:1: "},
	} {
		c := newCRM(t)
		c.set(some(5))
		o := c.options()
		test.change(c, &o)
		_, _, err := read(t, open(t, o))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	c := newCRM(t)
	mute := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer mute.Close()
	o := c.options()
	o.URL, o.Lookup = mute.URL, Lookup{}
	s := open(t, o)
	directorytest.Stalls(t, s, &s.stall)
}

func TestOptions(t *testing.T) {
	good := func() Options {
		return Options{
			Name:  "crm",
			URL:   "https://crm.example.com/api",
			Token: token,
			Map:   map[string]string{"name": "n", "phone": "p"},
		}
	}
	for _, test := range []struct {
		change     func(o *Options)
		key, words string
	}{
		{func(o *Options) { o.URL = "crm.example.com" }, "url", "https://host/path"},
		{func(o *Options) { o.URL = "https://a:hunter2@crm.example.com" }, "url", "remove the user"},
		{func(o *Options) { o.URL = "https://crm.example.com/{{.Key}}" }, "url", "{{.Token}}"},
		{func(o *Options) { o.Map = map[string]string{"shoe_size": "x"} }, "map", "is not a customer field"},
		{func(o *Options) { o.Map = map[string]string{"name": "x"} }, "map", "place of a number"},
		{func(o *Options) { o.Map["UserPhone"] = "x" }, "map", "the same field"},
		{func(o *Options) { o.Pages.By = "page" }, "pages.by", "next, cursor, offset or number"},
		{func(o *Options) { o.Pages.Param = "page" }, "pages.by", "missing"},
		{func(o *Options) { o.Pages.By = ByOffset }, "pages.param", "$skip"},
		{func(o *Options) { o.Pages.By = ByCursor }, "pages.next", "cursor"},
		{func(o *Options) { o.Pages = Pages{By: ByOffset, Param: "a", Size: 5} }, "pages.size_param", "$top"},
		{func(o *Options) { o.Lookup.URL = "https://b.example.com/{{.E164}}" }, "lookup.url", "on the server of url"},
		{func(o *Options) { o.Lookup.URL = "https://crm.example.com/" }, "lookup.url", "does not contain the number"},
		{func(o *Options) { o.Headers = map[string]string{"X": "{{.Password}}"} }, "headers", "{{.Token}}"},
		{func(o *Options) { o.CA = "/nowhere" }, "ca", "nowhere"},
	} {
		o := good()
		test.change(&o)
		_, err := New(o)
		directorytest.Refuses(t, test.key, test.words, err)
	}
	if _, err := New(good()); err != nil {
		t.Error(err)
	}
}

// Without a map the keys are columns, and a header may have the token.
func TestKeysAsColumns(t *testing.T) {
	c := newCRM(t)
	c.contacts = []map[string]any{
		{"login": "ivanov", "phone": "+74951234567", "shoes": 44}, {"phone": "84951234568"},
	}
	o := c.options()
	o.Map, o.Headers = nil, map[string]string{"X-Key": "{{.Token}}"}
	got, problems, err := read(t, open(t, o))
	if err != nil || got["ivanov"] != 1 || len(got) != 1 || len(problems) != 1 ||
		!strings.Contains(problems[0], "entry 2: login, name, email and company are empty") {
		t.Errorf("%v, %q, %v", got, problems, err)
	}
	c.contacts = []map[string]any{{"kunde_nr": 1, "rufnummer_1": "1"}}
	if _, problems, _ = read(t, open(t, o)); !strings.Contains(strings.Join(problems, "\n"), "set map: ") {
		t.Errorf("%q", problems)
	}
}

// The server searches by "contains", or ignores the parameter: Look returns what it gets, and the
// directory takes those who have the number.
func TestLook(t *testing.T) {
	c := newCRM(t)
	c.set(some(3))
	s := open(t, c.options())
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Look(t.Context(), numbers.Read("8 495 123-00-01"))
	if err != nil || len(found) != 1 || found[0].Login != "user1" || c.asked[0] != "phone=4951230001" {
		t.Errorf("%+v, %v, %q", found, err, c.asked)
	}
	for _, c.strict = range []bool{false, true} { // no such contact is no failure
		found, err = s.Look(t.Context(), numbers.Read("8 495 999-00-01"))
		if err != nil || len(found) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
	}
}
