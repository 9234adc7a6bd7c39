/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the sentences about options without effect. Never: knows a command or an option by name. */
#include "host/cli/rules.h"

#include <stdio.h>
#include <string.h>

#include "host/cli/options.h"

static bool is_given(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->given.count; i++)
		if (strcmp(settings->given.items[i], name) == 0)
			return true;
	return false;
}

/* True if the option's last value is the one in the rule. */
static bool has_value(const struct invocation *invocation, const struct option_rule *rule)
{
	const struct option_table *table = &invocation->command->table;
	const char *value;

	if (!rule->value)
		return true;
	for (size_t i = 0; i < table->count; i++) {
		if (table->options[i].kind != OPTION_TEXT || strcmp(table->options[i].name, rule->option) != 0)
			continue;
		value = *(const char *const *)((const char *)&invocation->settings + table->options[i].offset);
		return value && strcmp(value, rule->value) == 0;
	}
	return false;
}

static bool has_word(char *const *words, const char *wanted)
{
	for (; *words; words++)
		if (strcmp(*words, wanted) == 0)
			return true;
	return false;
}

static bool is_broken(const struct invocation *invocation, const struct option_rule *rule)
{
	char *const *words = invocation->arguments;

	if (!is_given(&invocation->settings, rule->option) || !has_value(invocation, rule))
		return false;
	switch (rule->kind) {
	case RULE_NEEDS:
		return !is_given(&invocation->settings, rule->other);
	case RULE_NOT_WITH:
		return is_given(&invocation->settings, rule->other);
	case RULE_NEVER:
		return true;
	case RULE_NEEDS_TWO_WORDS:
		return !words[0] || !words[1];
	case RULE_NOT_WITH_WORD:
		return has_word(words, rule->other);
	}
	return false;
}

static void tell(const struct option_rule *rule, char *problem)
{
	/* What comes before the other option or word. */
	static const char *const phrases[] = {
		[RULE_NEEDS] = "needs --", [RULE_NOT_WITH] = "cannot be with --", [RULE_NEVER] = "has no effect",
		[RULE_NEEDS_TWO_WORDS] = "needs ", [RULE_NOT_WITH_WORD] = "cannot be with ",
	};

	snprintf(problem, OPTIONS_PROBLEM_MAX, "--%s%s%s %s%s: %s", rule->option, rule->value ? " " : "", rule->value ? rule->value : "",
		 phrases[rule->kind], rule->kind == RULE_NEVER ? "" : rule->other, rule->why);
}

bool rules_check(const struct invocation *invocation, char *problem)
{
	const struct rule_table *rules = &invocation->command->rules;

	for (size_t i = 0; i < rules->count; i++) {
		if (!is_broken(invocation, &rules->rules[i]))
			continue;
		tell(&rules->rules[i], problem);
		return false;
	}
	return true;
}
