package redmine_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The custom fields of test/lab/redmine.
const (
	callField     = "CallUniqueID"
	callerField   = "CallerNumber"
	customerField = "Customer"
)

type object = map[string]any

// server replies as Redmine 6.0.5 does, with its oddities: a wrong key reads as an empty list, fields
// that are no filters are ignored, ids that do not exist are dropped or blank.
type server struct {
	*httptest.Server

	mu       sync.Mutex
	key      string
	admin    bool // the key is an administrator's
	rest     bool // the REST interface is on
	anybody  bool // may read without a key
	projects []string
	fields   []string // issue custom fields; the first has the id 1
	filters  []string
	users    []object
	issues   []*issue
	defaults bool // an activity is the default one
}

type issue struct {
	sent    object
	values  map[string]string
	author  string
	notes   []object
	minutes int
}

func newServer(t *testing.T) *server {
	s := &server{
		key: "12dbe08f", admin: true, rest: true, anybody: true, projects: []string{"raw", "support"},
		fields: []string{callField, callerField, customerField}, filters: []string{callField, customerField},
	}
	for i, u := range [][]string{
		{"traybell", "Tray", "Bell", ""},
		{"anna", "Anna", "Agent", ""},
		{"ivanov", "Ivan", "Ivanov", "+7 (495) 123-45-67"},
		{"petrova", "Olga", "Petrova", "(495) 123-45-67 ext. 12; 84951234568"},
	} {
		phone := any(nil)
		if u[3] != "" {
			phone = u[3]
		}
		s.users = append(s.users, object{
			"id": 5 + i, "login": u[0], "admin": false, "firstname": u[1], "lastname": u[2],
			"mail": u[0] + "@redmine.lab", "updated_on": "2026-11-29T06:14:35Z", "status": 1,
			"custom_fields": []object{{"id": 4, "name": "Phone", "value": phone}},
		})
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) calls() (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.issues {
		calls = append(calls, i.values[callField])
	}
	return calls
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, isAPI := strings.CutSuffix(r.URL.Path, ".json")
	agent := r.Header.Get("X-Redmine-Switch-User")
	signedIn := r.Header.Get("X-Redmine-API-Key") == s.key
	switch {
	case !isAPI:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
	case !s.rest:
		empty(w, http.StatusForbidden)
	case signedIn && s.admin && agent != "" && s.user(agent) == nil:
		empty(w, http.StatusPreconditionFailed)
	case r.Method == http.MethodGet && (signedIn || s.anybody && path == "/issues"):
		s.get(w, r, path, signedIn)
	case !signedIn:
		empty(w, http.StatusUnauthorized)
	default:
		author := "traybell"
		if s.admin && agent != "" {
			author = agent
		}
		s.write(w, r, path, author)
	}
}

func (s *server) write(w http.ResponseWriter, r *http.Request, path, author string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var in struct {
		Issue     object
		TimeEntry *struct {
			Hours    string
			Activity int `json:"activity_id"`
		} `json:"time_entry"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		empty(w, http.StatusBadRequest)
		return
	}
	if id, ok := strings.CutPrefix(path, "/issues/"); ok {
		i := s.issue(id)
		switch {
		case i == nil:
			empty(w, http.StatusNotFound)
		case in.TimeEntry != nil && in.TimeEntry.Activity != 9 && in.TimeEntry.Activity != 8:
			answer(w, http.StatusUnprocessableEntity, object{"errors": []string{"Log time is invalid"}})
		default:
			i.notes = append(i.notes, object{
				"notes": in.Issue["notes"], "private_notes": in.Issue["private_notes"], "user": object{"name": author},
			})
			if in.TimeEntry != nil {
				var hours, minutes int
				if _, err := fmt.Sscanf(in.TimeEntry.Hours, "%d:%d", &hours, &minutes); err == nil {
					i.minutes += hours*60 + minutes
				}
			}
			w.WriteHeader(http.StatusNoContent)
		}
		return
	}
	var blank []string
	number := func(key string) int { n, _ := in.Issue[key].(float64); return int(n) }
	if n := number("project_id"); n < 1 || n > len(s.projects) {
		blank = append(blank, "Project cannot be blank", "Tracker cannot be blank", "Status cannot be blank")
	}
	if in.Issue["subject"] == "" {
		blank = append(blank, "Subject cannot be blank")
	}
	if n := number("priority_id"); n > 5 {
		blank = append(blank, "Priority cannot be blank")
	}
	if n := number("assigned_to_id"); n != 0 && n != 5 && n != 6 {
		blank = append(blank, "Assignee is invalid")
	}
	if blank != nil {
		answer(w, http.StatusUnprocessableEntity, object{"errors": blank})
		return
	}
	i := &issue{sent: in.Issue, values: map[string]string{}, author: author}
	list, _ := in.Issue["custom_fields"].([]any)
	for _, each := range list {
		f, _ := each.(object)
		if id, _ := f["id"].(float64); id >= 1 && int(id) <= len(s.fields) {
			i.values[s.fields[int(id)-1]], _ = f["value"].(string)
		}
	}
	s.issues = append(s.issues, i)
	answer(w, http.StatusCreated, object{"issue": s.show(len(s.issues))})
}

func (s *server) get(w http.ResponseWriter, r *http.Request, path string, signedIn bool) {
	query := r.URL.Query()
	id, isProject := strings.CutPrefix(path, "/projects/")
	issueID, isIssue := strings.CutPrefix(path, "/issues/")
	switch {
	case path == "/users/current":
		answer(w, http.StatusOK, object{"user": object{"id": 5, "login": "traybell", "admin": s.admin}})
	case path == "/users" && !s.admin:
		empty(w, http.StatusForbidden)
	case path == "/users":
		users := slices.DeleteFunc(slices.Clone(s.users), func(u object) bool {
			return !strings.Contains(u["login"].(string), query.Get("name"))
		})
		page(w, "users", users, query.Get("offset"), query.Get("limit"))
	case path == "/issue_statuses":
		answer(w, http.StatusOK, object{"issue_statuses": []object{
			{"id": 1, "name": "New", "is_closed": false}, {"id": 5, "name": "Closed", "is_closed": true},
		}})
	case path == "/enumerations/issue_priorities":
		answer(w, http.StatusOK, object{"issue_priorities": []object{
			{"id": 1, "name": "Low"}, {"id": 2, "name": "Normal", "is_default": true}, {"id": 3, "name": "High"},
		}})
	case path == "/enumerations/time_entry_activities":
		answer(w, http.StatusOK, object{"time_entry_activities": []object{
			{"id": 8, "name": "Design", "is_default": false}, {"id": 9, "name": "Support", "is_default": s.defaults},
		}})
	case path == "/projects":
		list := []object{}
		for i := range s.projects {
			list = append(list, s.project(i))
		}
		page(w, "projects", list, "0", query.Get("limit"))
	case strings.HasSuffix(id, "/memberships"):
		answer(w, http.StatusOK, object{"memberships": []object{
			{"id": 1, "user": object{"id": 5, "name": "Tray Bell"}},
			{"id": 2, "user": object{"id": 6, "name": "Anna Agent"}},
			{"id": 3, "group": object{"id": 11, "name": "First line"}},
		}})
	case isProject && slices.Contains(s.projects, id):
		answer(w, http.StatusOK, object{"project": s.project(slices.Index(s.projects, id))})
	case path == "/issues":
		list := []object{}
		for n := len(s.issues); n > 0 && signedIn; n-- {
			if s.matches(s.issues[n-1], query) {
				list = append(list, s.show(n))
			}
		}
		page(w, "issues", list, "0", query.Get("limit"))
	case isIssue && s.issue(issueID) != nil:
		n, _ := strconv.Atoi(issueID)
		answer(w, http.StatusOK, object{"issue": s.show(n)})
	default:
		empty(w, http.StatusNotFound)
	}
}

// matches ignores fields that are no filters.
func (s *server) matches(i *issue, query map[string][]string) bool {
	for _, name := range query["f[]"] {
		n, err := strconv.Atoi(strings.TrimPrefix(name, "cf_"))
		if err != nil || n < 1 || n > len(s.fields) || !slices.Contains(s.filters, s.fields[n-1]) {
			continue
		}
		if !slices.Contains(query["v["+name+"][]"], i.values[s.fields[n-1]]) {
			return false
		}
	}
	return true
}

func (s *server) project(i int) object {
	fields := []object{}
	for n, f := range s.fields {
		fields = append(fields, object{"id": n + 1, "name": f})
	}
	return object{
		"id": i + 1, "name": strings.ToUpper(s.projects[i]), "identifier": s.projects[i], "issue_custom_fields": fields,
		"trackers": []object{{"id": 1, "name": "Bug"}, {"id": 3, "name": "Support"}},
	}
}

func (s *server) user(login string) object {
	for _, u := range s.users {
		if u["login"] == login {
			return u
		}
	}
	return nil
}

func (s *server) issue(id string) *issue {
	if n, err := strconv.Atoi(id); err == nil && n > 0 && n <= len(s.issues) {
		return s.issues[n-1]
	}
	return nil
}

func (s *server) show(n int) object {
	i, fields := s.issues[n-1], []object{}
	for id, name := range s.fields {
		f := object{"id": id + 1, "name": name, "value": nil}
		if value := i.values[name]; value != "" {
			f["value"] = value
		}
		fields = append(fields, f)
	}
	return object{"id": n, "subject": i.sent["subject"], "custom_fields": fields, "journals": i.notes}
}

func page(w http.ResponseWriter, key string, list []object, offset, limit string) {
	from, _ := strconv.Atoi(offset)
	most, err := strconv.Atoi(limit)
	if err != nil {
		most = 25
	}
	from = min(from, len(list))
	part := list[from:min(len(list), from+min(most, 100))]
	answer(w, http.StatusOK, object{key: part, "total_count": len(list), "offset": from, "limit": min(most, 100)})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func empty(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
}
