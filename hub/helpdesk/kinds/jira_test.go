package kinds

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// jira is the REST API of Jira Data Center, as far as the example in the guide uses it. Its text
// search finds more than was asked for.
type jira struct {
	mu     sync.Mutex
	issues []jiraIssue
}

type jiraIssue struct {
	fields             map[string]any
	comments, worklogs []map[string]any
}

const jiraToken = "jira-t0ken"

func (j *jira) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+jiraToken {
		http.Error(w, "Unauthorized (401)", http.StatusUnauthorized)
		return
	}
	route := strings.TrimPrefix(r.URL.Path, "/rest/api/2/")
	switch {
	case route == "issue" && r.Method == http.MethodPost:
		j.create(w, r)
	case route == "search" && r.Method == http.MethodGet:
		j.search(w, r.URL.Query().Get("jql"))
	case strings.HasPrefix(route, "issue/"):
		j.notes(w, r, strings.Split(route, "/"))
	default:
		http.NotFound(w, r)
	}
}

func (j *jira) create(w http.ResponseWriter, r *http.Request) {
	var in struct{ Fields map[string]any }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuseJira(w, http.StatusBadRequest, "body", err.Error())
		return
	}
	if project, _ := in.Fields["project"].(map[string]any); project["key"] != "SUP" && project["key"] != "Raw" {
		refuseJira(w, http.StatusBadRequest, "project", "valid project is required")
		return
	}
	for name := range in.Fields {
		if !slices.Contains([]string{
			"project", "issuetype", "summary", "description", "customfield_10010", "customfield_10011",
		}, name) {
			refuseJira(
				w,
				http.StatusBadRequest,
				name,
				"Field '"+name+"' cannot be set. It is not on the appropriate screen, or unknown.",
			)
			return
		}
	}
	if summary, _ := in.Fields["summary"].(string); summary == "" || strings.Contains(summary, "\n") {
		refuseJira(w, http.StatusBadRequest, "summary", "You must specify a summary of the issue.")
		return
	}
	j.issues = append(j.issues, jiraIssue{fields: in.Fields})
	id, key := jiraKeys(len(j.issues))
	answerJSON(
		w,
		http.StatusCreated,
		map[string]any{"id": id, "key": key, "self": "https://jira.example.com/rest/api/2/issue/" + id},
	)
}

func jiraKeys(n int) (id, key string) { return strconv.Itoa(10000 + n), "SUP-" + strconv.Itoa(n) }

var jiraQuery = regexp.MustCompile(
	`^cf\[(\d+)\] ~ "((?:[^"\\]|\\.)*)"( AND statusCategory != Done ORDER BY created DESC)?$`,
)

func (j *jira) search(w http.ResponseWriter, jql string) {
	m := jiraQuery.FindStringSubmatch(jql)
	if m == nil {
		refuseJira(w, http.StatusBadRequest, "", "Error in the JQL Query: "+jql)
		return
	}
	issues := []map[string]any{}
	for i, issue := range slices.Backward(j.issues) {
		text, _ := issue.fields["customfield_"+m[1]].(string)
		if !strings.Contains(text, m[2][:len(m[2])-1]) { // a word that begins alike
			continue
		}
		id, key := jiraKeys(i + 1)
		issues = append(issues, map[string]any{"id": id, "key": key, "fields": issue.fields})
	}
	answerJSON(w, http.StatusOK, map[string]any{
		"startAt": 0, "maxResults": 50, "total": len(issues), "issues": issues,
	})
}

func (j *jira) notes(w http.ResponseWriter, r *http.Request, route []string) {
	n, err := strconv.Atoi(route[1])
	if n -= 10000; err != nil || n < 1 || n > len(j.issues) || len(route) != 3 {
		refuseJira(w, http.StatusNotFound, "", "Issue Does Not Exist")
		return
	}
	issue := &j.issues[n-1]
	list := &issue.comments
	if route[2] == "worklog" {
		list = &issue.worklogs
	}
	if r.Method == http.MethodGet {
		found := *list
		if found == nil {
			found = []map[string]any{}
		}
		answerJSON(w, http.StatusOK, map[string]any{"total": len(found), route[2] + "s": found})
		return
	}
	in := map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuseJira(w, http.StatusBadRequest, "", err.Error())
		return
	}
	if spent, _ := in["timeSpent"].(string); route[2] == "worklog" &&
		!regexp.MustCompile(`^[1-9]\d*m$`).MatchString(spent) {
		refuseJira(w, http.StatusBadRequest, "timeLogged", "Invalid time duration entered")
		return
	}
	*list = append(*list, in)
	in["id"] = fmt.Sprint(len(*list))
	answerJSON(w, http.StatusCreated, in)
}

// calls are the calls' ids of the issues.
func (j *jira) calls() (calls []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, issue := range j.issues {
		call, _ := issue.fields["customfield_10010"].(string)
		calls = append(calls, call)
	}
	return calls
}

func refuseJira(w http.ResponseWriter, status int, field, text string) {
	refusal := map[string]any{"errorMessages": []string{}, "errors": map[string]string{}}
	if field == "" {
		refusal["errorMessages"] = []string{text}
	} else {
		refusal["errors"] = map[string]string{field: text}
	}
	answerJSON(w, status, refusal)
}

func answerJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
