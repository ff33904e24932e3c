//! The event sources of functions that answer no requests: the table's stream and the queue.

use std::time::Duration;

use super::{Function, Node, TemplateError, filter::Filter};

/// How the table's stream invokes a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSource {
    /// The function that is invoked.
    pub function: Function,
    /// The largest batch of one call, in records.
    pub batch: usize,
    /// How many calls are under way at once, each with a line of its own; the changes of one item stay in one line.
    pub lines: usize,
    /// Which changes invoke the function.
    pub filter: Filter,
    /// A record that fails and is older than this is not retried.
    pub max_age: Duration,
}

/// How the queue invokes a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSource {
    /// The function that is invoked.
    pub function: Function,
    /// The largest batch of one call, in messages.
    pub batch: usize,
    /// How many calls are under way at once.
    pub at_once: usize,
    /// How long a message is invisible while it is processed, and after its call failed.
    pub hidden_for: Duration,
    /// How often a message is received before it goes to the dead-letter queue.
    pub max_receives: u32,
}

impl StreamSource {
    /// Reads the properties of a `DynamoDB` event.
    pub(super) fn read(event: &Node<'_>, function: Function) -> Result<Self, TemplateError> {
        let filters = event.get("FilterCriteria")?.get("Filters")?;
        let patterns = filters.list()?.into_iter().map(|filter| Ok(filter.get("Pattern")?.text()?.to_owned()));
        let patterns = patterns.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            function,
            batch: event.get("BatchSize")?.count()?,
            lines: event.get("ParallelizationFactor")?.count()?,
            filter: Filter::parse(&patterns).map_err(|strange| filters.is(&strange))?,
            max_age: event.get("MaximumRecordAgeInSeconds")?.seconds()?,
        })
    }
}

impl QueueSource {
    /// Reads the properties of an `SQS` event and of its queue.
    pub(super) fn read(event: &Node<'_>, queue: &Node<'_>, function: Function) -> Result<Self, TemplateError> {
        let max_receives = queue.get("RedrivePolicy")?.get("maxReceiveCount")?;
        Ok(Self {
            function,
            batch: event.get("BatchSize")?.count()?,
            at_once: event.get("ScalingConfig")?.get("MaximumConcurrency")?.count()?,
            hidden_for: queue.get("VisibilityTimeout")?.seconds()?,
            max_receives: u32::try_from(max_receives.count()?).map_err(|_| max_receives.is_not("a number of times"))?,
        })
    }
}

impl<'a> Node<'a> {
    /// A whole number from 1.
    fn count(&self) -> Result<usize, TemplateError> {
        let number = usize::try_from(self.whole_number()?).ok().filter(|number| *number > 0);
        number.ok_or_else(|| self.is_not("a number above 0"))
    }

    fn seconds(&self) -> Result<Duration, TemplateError> {
        let seconds = u64::try_from(self.whole_number()?).map_err(|_| self.is_not("a number of seconds"))?;
        Ok(Duration::from_secs(seconds))
    }

    fn list(&self) -> Result<Vec<Node<'a>>, TemplateError> {
        let list = self.yaml.as_vec().ok_or_else(|| self.is_not("a list"))?;
        let entries = list.iter().enumerate();
        Ok(entries.map(|(index, yaml)| Node { yaml, place: format!("{}.{index}", self.place) }).collect())
    }

    fn is(&self, what: &dyn std::fmt::Display) -> TemplateError {
        TemplateError(format!("{} {what}", self.place))
    }
}

#[cfg(test)]
mod tests {
    use crate::template::{TEXT, Template};

    #[test]
    fn the_stream_invokes_the_relay_and_the_queue_the_delivery() {
        let template = Template::parse(TEXT).unwrap();
        let (relay, deliver) = (template.relay, template.deliver);
        assert_eq!((relay.function.name.as_str(), deliver.function.name.as_str()), ("event-relay", "webhook-deliver"));
        assert_eq!((relay.batch, relay.lines, relay.max_age.as_secs()), (100, 10, 23 * 60 * 60));
        assert_eq!((deliver.batch, deliver.max_receives), (10, 5));
        // AWS recommends a visibility timeout of six times the function's timeout.
        assert!(deliver.hidden_for >= deliver.function.limit * 6);
    }

    #[test]
    fn an_error_names_the_place_of_a_broken_mapping() {
        for (good, bad, expected) in [
            ("ParallelizationFactor: 10", "ParallelizationFactor: 0", "ParallelizationFactor is not a number above 0"),
            ("\"prefix\":\"CHARGE#\"", "\"suffix\":\"CHARGE\"", "Filters is a pattern that is not understood here: "),
            ("          Type: DynamoDB\n", "          Type: Kinesis\n", "Resources lacks a function for the stream"),
            ("maxReceiveCount: 5", "maxReceives: 5", "WebhookQueue.Properties.RedrivePolicy lacks maxReceiveCount"),
        ] {
            assert!(TEXT.contains(good), "{good}");
            let refused = Template::parse(&TEXT.replace(good, bad)).unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
