package glpi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	token    = "glpi-user-t0ken"
	appToken = "glpi-app-t0ken"
)

// server is GLPI's apirest.php as its documentation and functional tests show it.
type server struct {
	mu        sync.Mutex
	version   string
	sessions  map[string]bool
	signIns   int
	tickets   []map[string]any
	followups []map[string]any
	tasks     []map[string]any
	noRights  bool
}

func newServer(version string) *server { return &server{version: version, sessions: map[string]bool{}} }

var people = []map[string]any{
	{"id": 2, "name": "glpi", "is_active": 1, "is_deleted": 0, "phone": nil},
	{
		"id":         5,
		"name":       "anna",
		"realname":   "Petrova",
		"firstname":  "Anna",
		"is_active":  1,
		"is_deleted": 0,
		"phone":      "101",
	},
	{"id": 6, "name": "anna2", "is_active": 1, "is_deleted": 0},
	{
		"id": 7, "name": "ivanov", "realname": "Иванов", "firstname": "Иван",
		"phone": "+7 (495) 123-45-67", "is_active": 1,
		"is_deleted": 0, "date_mod": "2026-11-29 06:00:00",
	},
	{
		"id": 8, "name": "petrova", "phone": "8 (495) 123-45-67 ext. 12", "phone2": "", "mobile": "", "is_active": 1,
		"is_deleted": 0,
	},
	{"id": 9, "name": "gone", "phone": "84951234569", "is_active": 0, "is_deleted": 1},
}

var categories = []map[string]any{
	{"id": 3, "name": "Raw", "completename": "Raw"}, {"id": 4, "name": "Desk", "completename": "Phones &#62; Desk"},
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	route := strings.TrimPrefix(r.URL.Path, "/glpi/apirest.php/")
	switch {
	case r.Header.Get("Content-Type") != "application/json":
		refuse(w, http.StatusBadRequest, "ERROR_CONTENT_TYPE", "no content type")
		return
	case r.Method == http.MethodGet && r.ContentLength > 0:
		refuse(w, http.StatusBadRequest, "ERROR", "GET Request should not have json payload (http body)")
		return
	case r.Header.Get("App-Token") != appToken:
		refuse(w, http.StatusBadRequest, "ERROR_WRONG_APP_TOKEN_PARAMETER", "parameter app_token seems wrong")
		return
	case route == "initSession":
		if r.Header.Get("Authorization") != "user_token "+token {
			refuse(w, http.StatusUnauthorized, "ERROR_GLPI_LOGIN_USER_TOKEN", "parameter user_token seems invalid")
			return
		}
		s.signIns++
		id := fmt.Sprint("session", s.signIns)
		s.sessions[id] = true
		answer(w, http.StatusOK, map[string]any{"session_token": id})
		return
	case !s.sessions[r.Header.Get("Session-Token")]:
		refuse(w, http.StatusUnauthorized, "ERROR_SESSION_TOKEN_INVALID", "session_token seems invalid")
		return
	}
	if r.Method == http.MethodPost {
		var in struct{ Input map[string]any }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Input == nil {
			refuse(w, http.StatusBadRequest, "ERROR_JSON_PAYLOAD_INVALID", "JSON payload seems not valid")
			return
		}
		s.add(w, route, in.Input)
		return
	}
	query := r.URL.Query()
	switch parts := strings.Split(route, "/"); {
	case route == "getGlpiConfig":
		answer(w, http.StatusOK, map[string]any{"cfg_glpi": map[string]any{"version": s.version, "url_base": "x"}})
	case route == "search/Ticket":
		s.search(w, query.Get("criteria[0][value]"))
	case route == "User":
		list(w, r, people)
	case route == "ITILCategory":
		list(w, r, categories)
	case route == "Ticket":
		list(w, r, s.tickets)
	case len(parts) == 3 && parts[2] == "ITILFollowup":
		list(w, r, of(s.followups, "items_id", parts[1]))
	case len(parts) == 3 && parts[2] == "TicketTask":
		list(w, r, of(s.tasks, "tickets_id", parts[1]))
	default:
		refuse(w, http.StatusBadRequest, "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM", "resource not found")
	}
}

func of(all []map[string]any, field, id string) (found []map[string]any) {
	for _, each := range all {
		if fmt.Sprint(each[field]) == id {
			found = append(found, each)
		}
	}
	return found
}

// matches is GLPI's search in a text: it contains the words, whose ends ^ and $ are those of the text.
func matches(text, words string) bool {
	text, words = strings.ToLower(text), strings.ToLower(words)
	start, atStart := strings.CutPrefix(words, "^")
	words, atEnd := strings.CutSuffix(start, "$")
	switch {
	case atStart && atEnd:
		return text == words
	case atStart:
		return strings.HasPrefix(text, words)
	case atEnd:
		return strings.HasSuffix(text, words)
	}
	return strings.Contains(text, words)
}

// list replies with the objects that contain the search texts, in a range.
func list(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	query := r.URL.Query()
	found := []map[string]any{}
	for _, each := range all {
		good := true
		for name, texts := range query {
			if field, ok := strings.CutPrefix(name, "searchText["); ok {
				value, has := each[strings.TrimSuffix(field, "]")]
				good = good && (!has || matches(fmt.Sprint(value), texts[0])) // an unknown field is ignored
			}
		}
		if good {
			found = append(found, each)
		}
	}
	if query.Get("order") == "DESC" {
		slices.Reverse(found)
	}
	from, to, _ := strings.Cut(query.Get("range"), "-")
	first, _ := strconv.Atoi(from)
	last, _ := strconv.Atoi(to)
	if first > 0 && first >= len(found) {
		refuse(w, http.StatusBadRequest, "ERROR_RANGE_EXCEED_TOTAL", "Provided range exceed total count of data")
		return
	}
	page := found[first:min(last+1, len(found))]
	status := http.StatusOK
	if len(page) < len(found) {
		status = http.StatusPartialContent
	}
	w.Header().Set("Content-Range", fmt.Sprintf("%d-%d/%d", first, last, len(found)))
	answer(w, status, page)
}

func (s *server) add(w http.ResponseWriter, kind string, in map[string]any) {
	if s.noRights {
		refuse(w, http.StatusForbidden, "ERROR_RIGHT_MISSING", "You don't have permission to perform this action.")
		return
	}
	stored := func(text any) string { // before 11 with entities
		content, _ := text.(string)
		if strings.HasPrefix(s.version, "11") {
			return content
		}
		return strings.NewReplacer("&", "&#38;", "<", "&#60;", ">", "&#62;").Replace(content)
	}
	in["content"] = stored(in["content"])
	switch kind {
	case "Ticket":
		if in["name"] == "" || in["content"] == "" {
			refuse(w, http.StatusBadRequest, "ERROR_GLPI_ADD", "Mandatory fields are not filled.")
			return
		}
		in["name"] = stored(in["name"])
		if !strings.HasPrefix(s.version, "11") {
			delete(in, "externalid")
		}
		in["id"] = len(s.tickets) + 1
		s.tickets = append(s.tickets, in)
	case "ITILFollowup", "TicketTask":
		field, all := "items_id", &s.followups
		if kind == "TicketTask" {
			field, all = "tickets_id", &s.tasks
		}
		if id, _ := in[field].(float64); id < 1 || int(id) > len(s.tickets) {
			refuse(
				w,
				http.StatusForbidden,
				"ERROR_RIGHT_MISSING",
				"You don't have permission to perform this action.",
			)
			return
		}
		in["id"] = len(*all) + 1
		*all = append(*all, in)
	default:
		refuse(w, http.StatusBadRequest, "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM", "resource not found")
		return
	}
	answer(w, http.StatusCreated, map[string]any{"id": in["id"], "message": ""})
}

func (s *server) search(w http.ResponseWriter, requester string) {
	rows := []map[string]any{}
	total := 0
	for _, t := range slices.Backward(s.tickets) {
		if fmt.Sprint(t["_users_id_requester"]) != requester || fmt.Sprint(t["status"]) == "6" {
			continue
		}
		if total++; len(rows) < 20 {
			rows = append(rows, map[string]any{"1": t["name"], "2": t["id"], "4": requester, "12": 1})
		}
	}
	reply := map[string]any{"totalcount": total, "count": len(rows), "content-range": "0-19/99"}
	if total > 0 {
		reply["data"] = rows
	}
	answer(w, http.StatusOK, reply)
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func refuse(w http.ResponseWriter, status int, code, text string) {
	answer(w, status, []string{code, text})
}
