package plans

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// Size is how many outlines a process remembers.
const Size = 1000

// Cache remembers which plan a question of a user came to, so that asking again costs no call of a model.
//
// It holds no word of anybody: a key is a digest under a secret of this process, and an outline has nothing of a message in
// it. What it says may be another answer than the model would give by now, until it is displaced or the process ends;
// nothing rests on it, since running a step checks the tier again.
type Cache struct {
	secret   []byte
	outlines *lru.Cache[Key, plan.Plan]
}

// Key names one question of one user.
type Key [sha256.Size]byte

// NewCache is an empty cache of Size outlines.
func NewCache(ids ports.IDs) (*Cache, error) {
	outlines, err := lru.New[Key, plan.Plan](Size)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
	}
	seed := ids.NewSeed()
	return &Cache{secret: seed[:], outlines: outlines}, nil
}

// Key is the same for the same user with the same agents and all that the classifier is told, and for nothing else.
func (c *Cache) Key(userID string, reach tier.Value, question []chat.Message) (Key, error) {
	mac := hmac.New(sha256.New, c.secret)
	err := json.NewEncoder(mac).Encode(struct {
		User     string
		Reach    tier.Value
		Question []chat.Message
	}{userID, reach, question})
	if err != nil {
		return Key{}, fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
	}
	return Key(mac.Sum(nil)), nil
}

// Get is the outline for a key, false if it is not remembered.
func (c *Cache) Get(k Key) (plan.Plan, bool) { return c.outlines.Get(k) }

// Put remembers an outline, in the place of the one that was used the longest ago if there is no room.
func (c *Cache) Put(k Key, outline plan.Plan) { c.outlines.Add(k, outline) }
