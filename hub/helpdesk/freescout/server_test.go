package freescout_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const token = "freescout-t0ken"

// server is FreeScout's module API & Webhooks as its documentation shows it.
type server struct {
	mu            sync.Mutex
	noModule      bool // replies 404 to everything
	exactSubject  bool // searches for whole subjects only
	conversations []map[string]any
}

var customers = []map[string]any{
	{
		"id": 75, "firstName": "Иван", "lastName": "Иванов", "company": "ACME", "updatedAt": "2026-11-29T06:00:00Z",
		"_embedded": map[string]any{
			"emails": []map[string]any{{"id": 1, "value": "ivanov", "type": "work"}},
			"phones": []map[string]any{{"id": 0, "value": "+7 (495) 123-45-67", "type": "work"}},
		},
	},
	{
		"id": 76, "firstName": "Анна", "_embedded": map[string]any{
			"emails": []map[string]any{{"id": 2, "value": "petrova", "type": "home"}},
			"phones": []map[string]any{
				{
					"id":    0,
					"value": "8 (495) 123-45-67 ext. 12",
					"type":  "home",
				}, {"id": 1, "value": "89161234568", "type": "mobile"},
			},
		},
	},
	{"id": 77, "firstName": "Nobody", "_embedded": map[string]any{"emails": []any{}, "phones": []any{}}},
}

var users = []map[string]any{
	{
		"id":        1,
		"email":     "hub@example.com",
		"firstName": "Hub",
	}, {"id": 5, "email": "anna@example.com", "firstName": "Anna"},
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	route := strings.TrimPrefix(r.URL.Path, "/api/")
	query := r.URL.Query()
	parts := strings.Split(route, "/")
	switch {
	case s.noModule:
		http.NotFound(w, r)
	case r.Header.Get("X-FreeScout-API-Key") != token:
		answer(w, http.StatusUnauthorized, map[string]any{"message": "Invalid API key", "errorCode": "UNAUTHORIZED"})
	case r.Method == http.MethodPost && route == "conversations":
		s.create(w, r)
	case r.Method == http.MethodPost && len(parts) == 3 && parts[2] == "threads":
		s.note(w, r, parts[1])
	case route == "conversations":
		s.list(w, r)
	case len(parts) == 2 && parts[0] == "conversations":
		if c := s.find(parts[1]); c != nil {
			answer(w, http.StatusOK, c)
			return
		}
		answer(w, http.StatusNotFound, map[string]any{"message": "Conversation not found", "errorCode": "NOT FOUND"})
	case route == "mailboxes":
		page(
			w,
			query.Get("page"),
			50,
			"mailboxes",
			[]map[string]any{{"id": 3, "name": "Raw", "email": "support@example.com"}},
		)
	case route == "users":
		page(w, query.Get("page"), 1, "users", users)
	case route == "customers":
		page(w, query.Get("page"), 2, "customers", customers)
	default:
		answer(w, http.StatusMethodNotAllowed, map[string]any{"message": "Method not allowed"})
	}
}

// page replies with a page of a list.
func page(w http.ResponseWriter, number string, size int, name string, all []map[string]any) {
	n, _ := strconv.Atoi(number)
	n = max(n, 1)
	first := min((n-1)*size, len(all))
	answer(w, http.StatusOK, map[string]any{
		"_embedded": map[string]any{name: all[first:min(first+size, len(all))]},
		"page": map[string]any{
			"size": size, "totalElements": len(all), "totalPages": (len(all) + size - 1) / size, "number": n,
		},
	})
}

func (s *server) find(id string) map[string]any {
	n, err := strconv.Atoi(id)
	if err != nil || n < 1 || n > len(s.conversations) {
		return nil
	}
	return s.conversations[n-1]
}

func refuse(w http.ResponseWriter, path, message string) {
	answer(w, http.StatusBadRequest, map[string]any{
		"message": "Bad request", "errorCode": "BAD REQUEST", "_embedded": map[string]any{
			"errors": []map[string]any{{"path": path, "message": message, "source": "JSON"}},
		},
	})
}

// emailOf is the address of a customer in a request.
func emailOf(customer map[string]any) (email string, ok bool) {
	for _, c := range customers {
		emails, _ := c["_embedded"].(map[string]any)["emails"].([]map[string]any)
		if len(emails) > 0 &&
			(fmt.Sprint(customer["id"]) == fmt.Sprint(c["id"]) || customer["email"] == emails[0]["value"]) {
			return fmt.Sprint(emails[0]["value"]), true
		}
	}
	email, _ = customer["email"].(string)
	return email, strings.Contains(email, "@")
}

func (s *server) create(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Type, Subject, Status string
		MailboxID             json.Number
		AssignTo              json.Number
		Customer              map[string]any
		Threads               []struct {
			Type, Text string
			Customer   map[string]any
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, "", err.Error())
		return
	}
	email, ok := emailOf(in.Customer)
	switch {
	case !ok:
		refuse(w, "customer", "Customer email is missing or not valid")
	case in.MailboxID != "3":
		refuse(w, "mailboxId", "Mailbox not found")
	case in.Subject == "" || len(in.Threads) != 1 || in.Threads[0].Text == "" || in.Threads[0].Customer == nil:
		refuse(w, "threads", "Threads are required")
	default:
		id := len(s.conversations) + 1
		s.conversations = append(s.conversations, map[string]any{
			"id": id, "number": id, "type": in.Type, "status": in.Status, "state": "published",
			"subject": in.Subject, "assignee": in.AssignTo,
			"customer": map[string]any{"id": 70 + id, "email": email}, "mailboxId": 3,
			"_embedded": map[string]any{
				"threads": []map[string]any{{"id": 1, "type": "customer", "body": in.Threads[0].Text}},
			},
		})
		w.Header().Set("Resource-ID", strconv.Itoa(id))
		answer(w, http.StatusCreated, map[string]any{"id": id})
	}
}

func (s *server) note(w http.ResponseWriter, r *http.Request, id string) {
	var in struct {
		Type, Text string
		User       json.Number
	}
	c := s.find(id)
	err := json.NewDecoder(r.Body).Decode(&in)
	switch {
	case c == nil:
		answer(w, http.StatusNotFound, map[string]any{"message": "Conversation not found", "errorCode": "NOT FOUND"})
	case err != nil || in.Type != "note" || in.Text == "":
		refuse(w, "text", "Text is required")
	case in.User == "":
		refuse(w, "user", "User is required")
	default:
		embedded, _ := c["_embedded"].(map[string]any)
		threads, _ := embedded["threads"].([]map[string]any)
		embedded["threads"] = append(
			threads,
			map[string]any{"id": len(threads) + 1, "type": "note", "body": in.Text, "createdBy": in.User},
		)
		w.Header().Set("Resource-ID", strconv.Itoa(len(threads)+1))
		answer(w, http.StatusCreated, map[string]any{"id": len(threads) + 1})
	}
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	found := []map[string]any{}
	for _, c := range slices.Backward(s.conversations) {
		subject, _ := c["subject"].(string)
		customer, _ := c["customer"].(map[string]any)
		want := query.Get("subject")
		if s.exactSubject && want != "" && subject != want || !strings.Contains(subject, want) ||
			query.Get("customerEmail") != "" && customer["email"] != query.Get("customerEmail") ||
			query.Get("number") != "" && fmt.Sprint(c["number"]) != query.Get("number") ||
			query.Get("status") != "" && c["status"] != query.Get("status") {
			continue
		}
		found = append(found, c)
	}
	page(w, query.Get("page"), 50, "conversations", found)
}

// calls are the calls' ids of the conversations.
func (s *server) calls() (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conversations {
		subject, _ := c["subject"].(string)
		_, call, _ := strings.Cut(subject[strings.LastIndex(subject, " ("):], "(")
		calls = append(calls, strings.TrimSuffix(call, ")"))
	}
	return calls
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
