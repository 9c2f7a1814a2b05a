#ifndef GATE_COUNT_H
#define GATE_COUNT_H

#include "gate/ticket.h"

/* Count a decision that was made: by policy and verdict, how long it took, and
 * whether it was remembered. */
void count_decision(const struct gate_ticket *t);

/* Pulls that are being decided: one more (1), one less (-1). */
void count_under_way(int n);

#endif
