package sanitizer

import "strings"

// encoding is a way to write bytes as digits of so many bits each. Whatever is no digit is passed over, so that it makes
// no difference how the digits are parted.
type encoding struct {
	values [128]byte // of the digits, noDigit for what is none
	width  uint32    // bits of a digit
	step   uint32    // bits between two places where a byte may begin: nobody knows where the first does
}

// noDigit is the value of what is no digit.
const noDigit = 0xff

// newEncoding has these digits; those that mean the same have the same place modulo their number.
func newEncoding(digits string, width, step uint32) encoding {
	e := encoding{width: width, step: step}
	for i := range e.values {
		e.values[i] = noDigit
		if at := strings.IndexByte(digits, byte(i)); at >= 0 {
			e.values[i] = byte(at % (1 << width)) //nolint:gosec // below 64
		}
	}
	return e
}

// ways is in how many ways the digits may be read.
func (e *encoding) ways() int { return int(8 / e.step) }

// encodings are those that are read.
func encodings() []encoding {
	const upper, small = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
	return []encoding{
		newEncoding(upper+small+"0123456789+/"+upper+small+"0123456789-_", 6, 2),
		newEncoding(upper+"234567", 5, 1),
		newEncoding("0123456789abcdef0123456789ABCDEF", 4, 4),
		newEncoding("01", 1, 1),
	}
}

// decoder reads one encoding.
type decoder struct {
	*encoding
	first int    // of its ways among the readings
	bits  uint32 // the last ones
	count uint32 // of bits
	zero  bool   // the last digit was a zero
}

// digit takes the next digit. A byte may have ended in it, with a number of bits of the digit after it.
func (d *decoder) digit(v byte) {
	d.bits = d.bits<<d.width | uint32(v)
	d.count += d.width
	d.zero = v == 0
}

// last is the byte with so many bits after it.
func (d *decoder) last(after uint32) byte { return byte(d.bits >> after) } //nolint:gosec // the lowest eight bits are meant

// ends is the way of reading that such a byte belongs to.
func (d *decoder) ends(after uint32) int { return d.first + int((d.count-after)%8/d.step) }

// undo takes the zero of 0x back.
func (d *decoder) undo() {
	if d.zero {
		d.bits, d.count, d.zero = d.bits>>d.width, d.count-d.width, false
	}
}

// number is a decimal number that stands for a character: 116 or &#116;
type number struct{ value, digits int }

// digit takes the next character and gives the byte that a number before it stood for, 0 if there was none.
func (n *number) digit(b byte) byte {
	if b >= '0' && b <= '9' {
		if n.digits++; n.digits <= 3 {
			n.value = n.value*10 + int(b-'0')
		}
		return 0
	}
	value := n.value
	if n.digits > 3 {
		value = 0
	}
	n.value, n.digits = 0, 0
	return byte(value)
}
