package kinds

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// naumen is the REST interface of Naumen SMP, as far as the example in the guide uses it.
type naumen struct {
	mu       sync.Mutex
	calls    []map[string]any
	comments []map[string]any
}

const naumenKey = "naumen+k€y"

func (n *naumen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if r.URL.Query().Get("accessKey") != naumenKey {
		http.Error(w, "Access key is not valid", http.StatusUnauthorized)
		return
	}
	operation, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/sd/services/rest/"), "/")
	class, filter, _ := strings.Cut(rest, "/")
	list := &n.calls
	if class == "comment" {
		list = &n.comments
	}
	switch operation + " " + r.Method {
	case "create-m2m POST":
		n.create(w, r, class, list)
	case "find GET":
		want := map[string]any{}
		if err := json.Unmarshal([]byte(filter), &want); err != nil {
			http.Error(w, "Invalid filter: "+filter, http.StatusInternalServerError)
			return
		}
		found := []map[string]any{}
		for _, each := range *list {
			if !slices.ContainsFunc(keysOf(want), func(key string) bool { return each[key] != want[key] }) {
				found = append(found, each)
			}
		}
		answerJSON(w, http.StatusOK, found)
	default:
		http.NotFound(w, r)
	}
}

func keysOf(of map[string]any) (keys []string) {
	for key := range of {
		keys = append(keys, key)
	}
	return keys
}

var naumenCall = regexp.MustCompile(`^serviceCall\$(\d+)$`)

func (n *naumen) create(w http.ResponseWriter, r *http.Request, class string, list *[]map[string]any) {
	in := map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if class == "comment" {
		source, _ := in["source"].(string)
		var of int
		if m := naumenCall.FindStringSubmatch(source); m != nil {
			_, _ = fmt.Sscan(m[1], &of)
		}
		if of < 1 || of > len(n.calls) {
			answerJSON(w, http.StatusBadRequest, map[string]any{"message": "Object " + source + " is not found"})
			return
		}
	}
	*list = append(*list, in)
	in["UUID"] = fmt.Sprintf("%s$%d", class, len(*list))
	in["title"] = fmt.Sprint(len(*list))
	answerJSON(w, http.StatusCreated, in)
}

func (n *naumen) ids() (ids []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, each := range n.calls {
		id, _ := each["callId"].(string)
		ids = append(ids, id)
	}
	return ids
}
